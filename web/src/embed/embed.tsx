import { useEffect } from 'preact/hooks';
import { path, place } from '../app/router.ts';
import { gpuName } from '../app/status.ts';
import { fixTheme } from '../app/theme.ts';
import { OnDevice } from '../lessons/on-device.tsx';
import { urlState } from '../lessons/url-state.ts';
import { useLesson } from '../lessons/use-lesson.ts';
import { WordsContext } from '../lessons/words.ts';
import { Notice } from '../ui/pieces.tsx';

/** The figure that the address names, or a message. */
export function Embed() {
  const [, slug = ''] = path.value.split('/');
  const theme = place.value.params.get('theme');
  useEffect(() => fixTheme(theme === 'light' || theme === 'dark' ? theme : 'system'), [theme]);
  return <Figure key={slug} slug={slug} />;
}

function Figure({ slug }: { slug: string }) {
  const opened = useLesson(slug);
  const title = opened && 'lesson' in opened ? opened.lesson.title : '';
  useEffect(() => {
    if (title) document.title = `${title} · feathergrad`;
  }, [title]);
  if (!opened) return <p class="soft">Loading …</p>;
  if ('problem' in opened) {
    return (
      <Notice title="This figure could not be loaded" kind="bad" testId="problem">
        <p>{opened.problem}</p>
      </Notice>
    );
  }
  const { Interactive } = opened.lesson;
  const state = urlState().toString();
  return (
    <section class="lesson-figure embedded" aria-label={`Figure: ${title}`} data-testid="interactive">
      <h1 class="hidden-text">{title}</h1>
      <WordsContext.Provider value={{ words: opened.texts.controls, language: opened.language }}>
        <OnDevice slug={slug} isFirst>
          {(device) => <Interactive device={device} />}
        </OnDevice>
      </WordsContext.Provider>
      <p class="small soft">
        <a href={`./index.html#/lessons/${slug}${state ? `?${state}` : ''}`} target="_blank" rel="noopener">
          {title}: the lesson
        </a>{' '}
        · feathergrad{gpuName.value && <span data-testid="gpu-name">, {gpuName.value}</span>}
      </p>
    </section>
  );
}
