/** What a lesson adds for a course: its summary, further reading, and notes for teachers. */
export interface LessonCourse {
  /** three sentences to remember */
  takeaways: readonly string[];
  /** literature beyond the sources of the lesson */
  reading: readonly { text: string; href: string }[];
  /** what learners often get wrong, and what helps */
  difficulties: readonly { difficulty: string; help: string }[];
}
