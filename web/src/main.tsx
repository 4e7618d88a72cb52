import '@fontsource-variable/geist/wght.css';
import 'uplot/dist/uPlot.min.css';
import './styles/base.css';
import './styles/controls.css';
import './styles/shell.css';
import './styles/landing.css';
import './styles/train.css';
import './styles/recognize.css';
import './styles/studio.css';
import './styles/compare.css';
import './styles/lessons.css';
import './styles/lessons-a.css';
import './styles/lessons-b.css';
import './styles/docs.css';
import './styles/search.css';
import { render } from 'preact';
import { App } from './app/app.tsx';

render(<App />, document.getElementById('app') as HTMLElement);
