/** Shown instead of a page that needs a GPU when there is none: the reason and what to do. */
export function NoWebGpu({ why }: { why: string }) {
  return (
    <div class="no-webgpu" data-testid="no-webgpu">
      <div class="page-head">
        <h1>WebGPU isn’t available in this browser</h1>
        <p>
          Everything here is computed on your own GPU with WebGPU. Without it you can still read the{' '}
          <a href="#/lessons">lessons</a> and the <a href="#/docs">documentation</a>.
        </p>
      </div>
      <div class="panel">
        <h2>Browsers with WebGPU</h2>
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
                Chrome with a recent driver; otherwise start it with <code>--enable-unsafe-webgpu</code>
              </td>
            </tr>
          </tbody>
        </table>
        <h2>Error message</h2>
        <pre>{why}</pre>
        <button type="button" class="button primary" onClick={() => location.reload()}>
          Try again
        </button>
      </div>
    </div>
  );
}
