// docs/commands.md from what the commands say to --help.
import { build } from 'esbuild';
import { root } from '../run.mjs';
import { wgslForBuild } from '../wgsl-plugin.mjs';

const HEAD = `<!-- Made by \`npm run docs\` from the commands' own help, src/cli; edit that. -->

# Commands

\`npx feathergrad --version\` says the version. Every command answers \`--help\` with what stands here; a value in brackets is
what holds where nothing is said.
`;

/** The commands' sources as one module: commander is bundled too, all else that is heavy stays outside. */
async function loadCommands() {
  const names = ['train', 'eval', 'predict', 'export', 'summary'];
  const contents = names.map((name) => `export { ${name}Command } from './src/cli/${name}.ts';`).join('\n');
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: root, loader: 'ts' },
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    external: ['webgpu', 'sharp'],
    banner: {
      js: `import { createRequire as makeRequire } from 'node:module'; const require = makeRequire(${JSON.stringify(`${root}/`)});`,
    },
    plugins: [wgslForBuild()],
    logLevel: 'silent',
  });
  const text = Buffer.from(outputFiles[0]?.contents ?? []).toString('base64');
  /** @type {Record<string, () => import('commander').Command>} */
  const module = await import(`data:text/javascript;base64,${text}`);
  return names.map((name) => /** @type {() => import('commander').Command} */ (module[`${name}Command`])());
}

/** @returns {Promise<string>} the page */
export async function commandsPage() {
  const sections = (await loadCommands()).map((command) => {
    command.configureHelp({ helpWidth: 100 });
    const help = command.helpInformation().replace('Usage: ', 'Usage: npx feathergrad ').trimEnd();
    return `## ${command.name()}\n\n\`\`\`text\n${help}\n\`\`\`\n`;
  });
  return [HEAD, ...sections].join('\n');
}
