import { PAGES } from './pages.tsx';
import { path } from './router.ts';

/** Shown for a URL that names no page. */
export function NotFound() {
  return (
    <div class="not-found" data-testid="not-found">
      <div class="page-head">
        <h1>Page not found</h1>
        <p>There is no page “{path.value}” here. It may have been renamed, or the link may be incomplete.</p>
      </div>
      <ul>
        {PAGES.map(({ name, title, description }) => (
          <li key={name}>
            <a href={`#/${name}`}>{title}</a> <span class="soft">{description}</span>
          </li>
        ))}
      </ul>
    </div>
  );
}
