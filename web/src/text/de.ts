import { backpropDe } from './de/backprop.ts';
import { controlsDe } from './de/controls.ts';
import { invertedResidualDe } from './de/inverted-residual.ts';
import { lessonsDe } from './de/lessons.ts';
import { paperDe } from './de/paper.ts';
import type { Texts } from './en.ts';

export const de: Texts = {
  language: 'Sprache',
  course: {
    title: 'Wie ein kleines Netz rechnet',
    intro:
      'Ein Kurs über die Ideen in sparsamen Faltungsnetzen. In jeder Lektion liest du den echten Kernel, veränderst eine Abbildung, die auf deiner eigenen GPU rechnet, und löst Aufgaben, die durch Nachrechnen deiner Antwort geprüft werden. Folge der Reihenfolge, oder nimm, was du brauchst.',
    sum: '{lessons} Lektionen, zusammen etwa {hours} Stunden.',
    progress: 'Du hast {solved} von {total} Aufgaben gelöst. Dein Fortschritt bleibt in diesem Browser.',
    lesson: 'Lektion {number}',
    minutes: '{minutes} Minuten',
    before: 'Was du vorher wissen solltest',
    nothingBefore: 'Addieren und Multiplizieren genügt.',
    solved: '{solved} von {total} Aufgaben gelöst',
    completed: 'abgeschlossen am {date}',
    open: 'Lektion öffnen',
    handout: 'Arbeitsblatt',
    notes: 'Hinweise für Lehrkräfte',
    forTeachers: 'Für Lehrkräfte',
    forTeachersText:
      'Zu jeder Lektion gibt es ein Arbeitsblatt zum Ausdrucken, mit den Aufgaben und Platz für Antworten, und Hinweise mit erwarteten Schwierigkeiten und Musterlösungen. Sie sind auf Deutsch, wenn es die Lektion ist, sonst auf Englisch. Jede Abbildung lässt sich in eine eigene Seite einbetten: Öffne eine Lektion und kopiere den Code unter der Abbildung.',
    clear: 'Meinen Fortschritt löschen',
    reallyClear: 'Wirklich alle Antworten und den Fortschritt löschen? Zum Bestätigen noch einmal wählen.',
    aims: 'Danach kannst du',
  },
  lessons: lessonsDe,
  frame: {
    lessons: 'Alle Lektionen',
    course: 'Der Kurs',
    handout: 'Arbeitsblatt',
    position: 'Lektion {number} von {total} · {minutes} Minuten',
    steps: 'Schritt für Schritt',
    show: 'In der Abbildung zeigen',
    tryIt: 'Probier es aus',
    about: 'Was die Abbildung zeigt',
    embed: 'Code zum Einbetten kopieren',
    kernel: 'Der Kernel',
    check: 'Den Gradienten prüfen',
    exercises: 'Aufgaben',
    breakIt: 'Mach es kaputt',
    questions: 'Drei Fragen',
    summary: 'Zusammenfassung und weiterführende Literatur',
    sources: 'Quellen',
  },
  controls: controlsDe,
  paper: paperDe,
  backprop: backpropDe,
  invertedResidual: invertedResidualDe,
};
