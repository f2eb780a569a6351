// Bundles the dashboard: index.html, and everything else under a name that holds a hash of its content, each with a
// compressed twin. Same sources, same bytes.
//   node build.mjs [--out dist] [--modules node_modules]
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';

const here = path.dirname(fileURLToPath(import.meta.url));
const option = (name, otherwise) => {
  const at = process.argv.indexOf(`--${name}`);
  return path.resolve(at < 0 ? path.join(here, otherwise) : process.argv[at + 1]);
};
const out = option('out', 'dist');
const modules = option('modules', 'node_modules');
// The packages may stand elsewhere than the sources: a build folder has its own.
const esbuild = createRequire(path.join(modules, 'build.cjs'))('esbuild');

const built = await esbuild.build({
  entryPoints: { app: path.join(here, 'src/main.tsx') },
  bundle: true,
  minify: true,
  write: false,
  outdir: path.join(out, 'assets'),
  entryNames: '[name]',
  format: 'esm',
  target: ['es2022'],
  jsx: 'automatic',
  jsxImportSource: 'preact',
  nodePaths: [modules],
  charset: 'utf8',
  legalComments: 'eof',
  logLevel: 'warning',
});

const written = [];
const write = (name, content) => {
  const file = path.join(out, name);
  mkdirSync(path.dirname(file), { recursive: true });
  const bytes = Buffer.from(content);
  const packed = gzipSync(bytes, { level: 9 });
  packed[9] = 255; // the byte that names the system, which is no business of the bundle's
  writeFileSync(file, bytes);
  writeFileSync(`${file}.gz`, packed);
  written.push(`${name} ${bytes.length} (${packed.length} gzip)`);
};

rmSync(path.join(out, 'assets'), { recursive: true, force: true });
const names = {};
const asset = (name, content) => {
  const hash = createHash('sha256').update(content).digest('hex').slice(0, 10);
  const hashed = name.replace(/(\.\w+)$/, `-${hash}$1`);
  names[name] = `assets/${hashed}`;
  write(names[name], content);
};
for (const file of built.outputFiles) asset(path.basename(file.path), file.contents);
asset('favicon.svg', readFileSync(path.join(here, 'src/favicon.svg')));

let html = readFileSync(path.join(here, 'src/index.html'), 'utf8');
for (const [name, hashed] of Object.entries(names)) html = html.replaceAll(`{{${name}}}`, hashed);
if (html.includes('{{')) throw new Error(`index.html names what the bundle does not have: ${html.match(/\{\{.*?\}\}/)[0]}`);
write('index.html', html);
console.log(written.join('\n'));
