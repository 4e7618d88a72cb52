/** Returns the HTML that shows a lesson's figure with its current state on another page. */
export function embedCode(slug: string, title: string, state: URLSearchParams, theme: string): string {
  const params = new URLSearchParams(state);
  if (theme === 'light' || theme === 'dark') params.set('theme', theme);
  const query = params.toString();
  const address = new URL('embed.html', location.href.split('#')[0]);
  address.hash = `lesson/${slug}${query ? `?${query}` : ''}`;
  const escaped = (text: string) =>
    text.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;');
  return `<iframe src="${escaped(address.href)}" title="${escaped(title)}" width="100%" height="640" style="border: 0" loading="lazy"></iframe>`;
}
