/** Instead of a page that computes, where the browser gives no GPU: why, and what to do. */
export function NoWebGpu({ why }: { why: string }) {
  return (
    <div class="no-webgpu" data-testid="no-webgpu">
      <div class="page-head">
        <h1>This browser gives the page no GPU</h1>
        <p>
          Everything here is computed on your own graphics processor, by WebGPU. Without it, the{' '}
          <a href="#/lessons">lessons</a> and the <a href="#/docs">documentation</a> can still be read.
        </p>
      </div>
      <div class="panel">
        <h2>Browsers that have it</h2>
        <table>
          <tbody>
            <tr>
              <th scope="row">Chrome, Edge</th>
              <td>113 and later on Windows, macOS and ChromeOS; 121 on Android</td>
            </tr>
            <tr>
              <th scope="row">Safari</th>
              <td>26 and later on macOS, iOS and iPadOS</td>
            </tr>
            <tr>
              <th scope="row">Firefox</th>
              <td>141 and later on Windows; 145 on macOS with Apple silicon</td>
            </tr>
            <tr>
              <th scope="row">Linux</th>
              <td>
                Chrome with a recent driver; else start it with <code>--enable-unsafe-webgpu</code>
              </td>
            </tr>
          </tbody>
        </table>
        <h2>What was found</h2>
        <pre>{why}</pre>
        <button type="button" class="button primary" onClick={() => location.reload()}>
          Try again
        </button>
      </div>
    </div>
  );
}
