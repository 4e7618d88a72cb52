import { copyFile } from 'node:fs/promises';

export default {
  mode: 'production',
  entry: './main.js',
  output: { filename: 'main.js', module: true, clean: true },
  experiments: { outputModule: true },
  performance: { hints: false }, // the weights have 2.8 MB
  plugins: [
    (compiler) =>
      compiler.hooks.afterEmit.tapPromise('index.html', () => copyFile('index.html', 'dist/index.html')),
  ],
};
