import codes from '../../../README.md?codes';
import measurements from '../../../README.md?part=measurements';
import { LiveFaces } from './live-faces.tsx';

const DOORS = [
  {
    href: '#/recognize',
    title: 'Try it on your face',
    text: 'Your camera or a photo. Every face gets a box and a label, and you see where the network looks.',
  },
  {
    href: '#/studio',
    title: 'Teach it your own classes',
    text: 'Show your webcam a few examples of each class, press Train, and watch it learn. It starts from a trained network.',
  },
  {
    href: '#/lessons',
    title: 'Learn how it works',
    text: 'Lessons with the real kernels, which run on your GPU and which you can edit.',
  },
] as const;

/** What feathergrad is: a live demonstration, three ways in, measurements and code. */
export function LandingView() {
  return (
    <div class="landing">
      <section class="hero">
        <div class="hero-text">
          <h1>Networks that train in your browser</h1>
          <p class="lead">
            feathergrad trains and runs small image networks on your own GPU: a deep-learning library in
            TypeScript with hand-written WebGPU kernels and no dependencies. Nothing you show it leaves your
            machine.
          </p>
          <ul class="doors">
            {DOORS.map(({ href, title, text }) => (
              <li key={href}>
                <a class="panel door" href={href}>
                  <h2>{title}</h2>
                  <p>{text}</p>
                </a>
              </li>
            ))}
          </ul>
        </div>
        <LiveFaces />
      </section>
      <section class="prose landing-part" dangerouslySetInnerHTML={{ __html: measurements }} />
      <section class="prose landing-part">
        <h2>In code</h2>
        <p>Recognize a facial expression with the trained weights:</p>
        <div dangerouslySetInnerHTML={{ __html: codes[1] ?? '' }} />
        <p>
          Every layer, loss and optimizer has the name that it has in PyTorch. Start with{' '}
          <a href="#/docs/guides/first-tensor">a first tensor</a>,{' '}
          <a href="#/docs/guides/train-your-own">train your own network</a>, or{' '}
          <a href="#/docs/architecture">see how it is built</a>.
        </p>
      </section>
    </div>
  );
}
