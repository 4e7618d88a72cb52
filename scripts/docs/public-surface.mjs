// Reads the public API: the exported names of each subpath with their declarations, docstrings and public members.
import { join } from 'node:path';
import { Node, Project, Scope } from 'ts-morph';
import { root } from '../run.mjs';

/** The package's subpaths and the file that lists each. */
export const SUBPATHS = /** @type {const} */ ([
  ['feathergrad', 'src/index.ts'],
  ['feathergrad/node', 'src/node/index.ts'],
  ['feathergrad/data', 'src/data/index.ts'],
  ['feathergrad/faces', 'src/faces/index.ts'],
  ['feathergrad/formats', 'src/formats/index.ts'],
  ['feathergrad/models', 'src/models/index.ts'],
]);

/**
 * @typedef {object} Doc
 * @property {string} text
 * @property {{ name: string, text: string }[]} params
 * @property {string} returns
 * @property {string[]} throws
 *
 * @typedef {object} Member
 * @property {string} name
 * @property {'constructor' | 'method' | 'accessor' | 'field'} kind
 * @property {string} signature
 * @property {Doc | null} doc
 * @property {string | null} inheritedFrom the base class that documents the member, if this class does not
 * @property {boolean} isStatic
 *
 * @typedef {object} Entry
 * @property {string} name
 * @property {'function' | 'class' | 'interface' | 'type' | 'const'} kind
 * @property {string} file from the project's root
 * @property {string} signature
 * @property {Doc | null} doc
 * @property {Member[]} members of a class or an interface
 * @property {boolean} isExported false for a type that signatures mention but that cannot be imported
 */

/**
 * Reads the sources; takes a few seconds.
 * @returns {Map<string, Entry[]>} by subpath, names in alphabetical order
 */
export function readPublicSurface() {
  const project = new Project({
    tsConfigFilePath: join(root, 'tsconfig.json'),
    skipAddingFilesFromTsConfig: true,
  });
  const files = SUBPATHS.map(
    ([subpath, path]) => /** @type {const} */ ([subpath, project.addSourceFileAtPath(join(root, path))]),
  );
  project.resolveSourceFileDependencies();
  const surface = new Map(
    files.map(([subpath, file]) => [
      subpath,
      [...file.getExportedDeclarations()]
        .map(([name, declarations]) => entryOf(name, declarations))
        .sort(byName),
    ]),
  );
  const known = new Set([...surface.values()].flat().map(({ name }) => name));
  const others = otherTypes(project);
  for (const entries of surface.values()) entries.push(...helpersOf(entries, known, others));
  return surface;
}

/** @param {Entry} a @param {Entry} b */
const byName = (a, b) => a.name.localeCompare(b.name, 'en');

/**
 * Returns the types exported by exactly one source file, by name.
 * @param {Project} project
 */
function otherTypes(project) {
  /** @type {Map<string, Node[]>} */
  const found = new Map();
  for (const file of project.getSourceFiles().filter((one) => one.getFilePath().includes('/src/'))) {
    for (const node of [...file.getInterfaces(), ...file.getTypeAliases()]) {
      if (node.isExported()) found.set(node.getName(), [...(found.get(node.getName()) ?? []), node]);
    }
  }
  return new Map([...found].filter(([, nodes]) => nodes.length === 1));
}

/**
 * Returns the types that signatures mention but that cannot be imported, transitively.
 * @param {readonly Entry[]} entries
 * @param {ReadonlySet<string>} known
 * @param {ReadonlyMap<string, Node[]>} others
 */
function helpersOf(entries, known, others) {
  /** @type {Map<string, Entry>} */
  const helpers = new Map();
  const open = [...entries];
  for (let entry = open.pop(); entry; entry = open.pop()) {
    const text = [entry.signature, ...entry.members.map(({ signature }) => signature)].join('\n');
    for (const [name] of text.replace(/'[^']*'/g, '').matchAll(/\b[A-Z]\w+/g)) {
      const nodes = others.get(name);
      if (!nodes || known.has(name) || helpers.has(name)) continue;
      const helper = { ...entryOf(name, nodes), isExported: false };
      helpers.set(name, helper);
      open.push(helper);
    }
  }
  return [...helpers.values()].sort(byName);
}

/**
 * @param {string} name
 * @param {Node[]} declarations
 * @returns {Entry}
 */
function entryOf(name, declarations) {
  const [node] = declarations;
  if (!node) throw new Error(`${name} is exported but not declared`);
  const file = node
    .getSourceFile()
    .getFilePath()
    .slice(root.length)
    .replace(/^[/\\]/, '');
  const common = { name, file, doc: docOf(node), members: /** @type {Member[]} */ ([]), isExported: true };
  if (Node.isFunctionDeclaration(node)) {
    const overloads = node.getOverloads();
    const forms = overloads.length > 0 ? overloads : [node];
    return {
      ...common,
      kind: 'function',
      signature: forms.map((form) => signatureOf(form)).join('\n'),
      doc: common.doc ?? forms.map(docOf).find(Boolean) ?? null,
    };
  }
  if (Node.isClassDeclaration(node)) {
    return { ...common, kind: 'class', signature: headOf(node), members: classMembers(node) };
  }
  if (Node.isInterfaceDeclaration(node)) {
    const members = node.getMembers().map((member) => memberOf(member, null));
    return { ...common, kind: 'interface', signature: headOf(node), members };
  }
  if (Node.isTypeAliasDeclaration(node)) {
    return { ...common, kind: 'type', signature: withoutExport(node.getText()) };
  }
  if (Node.isVariableDeclaration(node)) {
    const type = node.getTypeNode()?.getText() ?? node.getType().getText(node);
    const [form] = node.getType().getCallSignatures();
    if (!form) return { ...common, kind: 'const', signature: `const ${name}: ${type}` };
    const parameters = form.getParameters().map((one) => one.getValueDeclarationOrThrow().getText());
    const result = form.getReturnType().getText(node);
    return {
      ...common,
      kind: 'function',
      signature: `function ${name}(${parameters.join(', ')}): ${result}`,
    };
  }
  throw new Error(`${name} is a ${node.getKindName()}, which the API reference does not support`);
}

/** @param {import('ts-morph').ClassDeclaration} node */
function classMembers(node) {
  const members = node.getMembers().filter((member) => {
    const isNameOfError = 'getName' in member && member.getName() === 'name' && isError(node);
    const isHidden =
      isNameOfError ||
      ('getScope' in member && member.getScope() !== Scope.Public) ||
      ('getName' in member && member.getName().startsWith('#'));
    return !isHidden && !Node.isClassStaticBlockDeclaration(member);
  });
  const parameters = node
    .getConstructors()
    .flatMap((made) => made.getParameters())
    .filter((parameter) => parameter.isParameterProperty() && parameter.getScope() === Scope.Public);
  return [...members, ...parameters]
    .map((member) => memberOf(member, node))
    .filter(({ doc }) => !/^Internal\b/.test(doc?.text ?? ''));
}

/** @param {import('ts-morph').ClassDeclaration} node */
const isError = (node) => node.getName()?.endsWith('Error') ?? false;

/**
 * @param {Node} node
 * @param {import('ts-morph').ClassDeclaration | null} owner
 * @returns {Member}
 */
function memberOf(node, owner) {
  const name = 'getName' in node && typeof node.getName === 'function' ? String(node.getName()) : '';
  const kind = Node.isConstructorDeclaration(node)
    ? 'constructor'
    : Node.isMethodDeclaration(node) || Node.isMethodSignature(node)
      ? 'method'
      : Node.isGetAccessorDeclaration(node) || Node.isSetAccessorDeclaration(node)
        ? 'accessor'
        : 'field';
  const first = Node.isMethodDeclaration(node) ? node.getOverloads()[0] : undefined;
  const getter = Node.isSetAccessorDeclaration(node) ? node.getGetAccessor() : undefined;
  const doc = docOf(node) ?? (first || getter ? docOf(/** @type {Node} */ (first ?? getter)) : null);
  const inheritedFrom = doc || !owner ? null : whoSays(name, owner);
  const isStatic = Node.isStaticable(node) && node.isStatic();
  return { name, kind, signature: signatureOf(node), doc, inheritedFrom, isStatic };
}

/**
 * Returns the nearest base class or interface of `owner` that documents the member.
 * @param {string} name
 * @param {import('ts-morph').ClassDeclaration} owner
 * @returns {string | null}
 */
function whoSays(name, owner) {
  const base = owner.getBaseClass();
  const interfaces = owner
    .getImplements()
    .flatMap((clause) => clause.getType().getSymbol()?.getDeclarations() ?? [])
    .filter(Node.isInterfaceDeclaration);
  for (const one of [...(base ? [base] : []), ...interfaces]) {
    const said = one
      .getMembers()
      .some((member) => 'getName' in member && member.getName() === name && docOf(member) !== null);
    if (said) return one.getName() ?? null;
  }
  return base ? whoSays(name, base) : null;
}

/**
 * @param {Node | undefined} node
 * @returns {Doc | null}
 */
function docOf(node) {
  const host = Node.isVariableDeclaration(node) ? node.getVariableStatement() : node;
  if (!host || !Node.isJSDocable(host)) return docOfParameter(host);
  const docs = host.getJsDocs();
  const last = docs.at(-1);
  if (!last) return null;
  /** @type {Doc} */
  const doc = { text: last.getDescription().trim(), params: [], returns: '', throws: [] };
  for (const tag of last.getTags()) {
    const text = (tag.getCommentText() ?? '').trim();
    if (Node.isJSDocParameterTag(tag))
      doc.params.push({ name: tag.getName(), text: text.replace(/^- /, '') });
    else if (tag.getTagName() === 'returns') doc.returns = text;
    // the compiler takes the first word for a type and leaves it out of the comment
    else if (tag.getTagName() === 'throws') doc.throws.push(tag.getText().replace(/^@throws\s*/, ''));
  }
  for (const [i, text] of doc.throws.entries()) doc.throws[i] = text.replace(/\s*\n\s*\*?\s*/g, ' ').trim();
  return doc;
}

/**
 * Returns the comment before a constructor parameter that is also a field.
 * @param {Node | undefined} node
 * @returns {Doc | null}
 */
function docOfParameter(node) {
  if (!node || !Node.isParameterDeclaration(node)) return null;
  const comment = node
    .getLeadingCommentRanges()
    .map((range) => range.getText())
    .findLast((text) => text.startsWith('/**'));
  const text = comment?.replace(/^\/\*\*\s*|\s*\*\/$/g, '').replace(/\s*\n\s*\*\s?/g, ' ');
  return text ? { text, params: [], returns: '', throws: [] } : null;
}

/**
 * Returns a declaration's text without its body and without irrelevant modifiers.
 * @param {Node} node
 */
function signatureOf(node) {
  const start = node.getStart();
  const body = Node.isBodyable(node) || Node.isBodied(node) ? node.getBody() : undefined;
  let text = node
    .getSourceFile()
    .getFullText()
    .slice(start, body ? body.getStart() : node.getEnd());
  if (Node.isPropertyDeclaration(node) && node.getInitializer()) {
    const type = node.getTypeNode()?.getText() ?? node.getType().getText(node);
    text = `${node.isStatic() ? 'static ' : ''}${node.isReadonly() ? 'readonly ' : ''}${node.getName()}: ${type}`;
  }
  const isUntyped = Node.isMethodDeclaration(node) && !node.getReturnTypeNode();
  if (isUntyped) text = `${text.trim()}: ${node.getReturnType().getText(node)}`;
  return withoutExport(text)
    .replace(/^((?:static |abstract )*)(?:override |async |public )+/, '$1')
    .replace(/\s+/g, ' ')
    .replace(/([([{]) /g, (all, bracket) => (bracket === '{' ? all : bracket))
    .replace(/,? ([)\]])/g, '$1')
    .replace(/[;\s]+$/, '');
}

/** @param {import('ts-morph').ClassDeclaration | import('ts-morph').InterfaceDeclaration} node */
function headOf(node) {
  const text = node.getSourceFile().getFullText().slice(node.getStart(), node.getEnd());
  return withoutExport(text.slice(0, text.indexOf('{')).replace(/\s+/g, ' ').trim());
}

/** @param {string} text */
const withoutExport = (text) => text.replace(/^export /, '').replace(/;$/, '');
