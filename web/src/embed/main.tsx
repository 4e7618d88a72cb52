// embed.html#lesson/<slug>?theme=dark&...: the figure of a lesson without the app around it, for an iframe.
import '../styles/base.css';
import '../styles/controls.css';
import '../styles/lessons.css';
import '../styles/lessons-a.css';
import '../styles/lessons-b.css';
import '../styles/embed.css';
import { render } from 'preact';
import { Embed } from './embed.tsx';

render(<Embed />, document.getElementById('app') as HTMLElement);
