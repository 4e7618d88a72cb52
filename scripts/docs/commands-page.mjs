// docs/commands.md from what the commands say to --help.
import { join } from 'node:path';
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
  const { outputFiles } = await build({
    entryPoints: [join(root, 'src/cli/commands.ts')],
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
  /** @type {{ commands: () => import('commander').Command[] }} */
  const { commands } = await import(`data:text/javascript;base64,${text}`);
  return commands();
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
