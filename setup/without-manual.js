/**
 * The page and the embed come without the words that only the command line, the schemas and the documentation print: what an option of an
 * extension does and where it is from (`help`, `source`), and what a field of a JSON file means (`about`). In the sources they stand beside
 * what they describe. They are a thirtieth of the engine, which would be loaded and never shown.
 */

import { relative } from 'node:path';

/** Which argument of the functions of engine/model/shape.ts is the meaning, from 0. */
const MEANING = new Map(
  Object.entries({ anything: 0, truth: 0, text: 0, whole: 2, decimal: 1, choice: 1, list: 1, pair: 1, record: 1, either: 1, orNull: 1, object: 2, recursive: 2, tagged: 3 }),
);
/** Which words an object has, and what tells that it is one that has them: an option, an extension, a shape. */
const WORDS = [
  { said: 'help', beside: 'value' },
  { said: 'source', beside: 'families' },
  { said: 'about', beside: null },
];
/** What prints them: it cannot be where they are not. */
const PRINTERS = /[/\\]engine[/\\](extension[/\\]describe|scenario[/\\]schemas)\.ts$/;

/** @typedef {any} Node of the syntax tree, as ESTree has it */

/** @returns {import('vite').Plugin} */
export function withoutManual() {
  return {
    name: 'packetwalk-without-manual',
    apply: 'build',
    enforce: 'post',
    transform: {
      filter: { id: /[/\\]engine[/\\].*\.ts$/ },
      handler(code, id) {
        const makesShapes = /[/\\]shape\.ts['"]/.test(code);
        if (!makesShapes && !/[/\\]extension[/\\]/.test(id)) return null;
        const tree = this.parse(code);
        const meaning = meaningIn(tree);
        /** @type {[from: number, to: number][]} */
        const cuts = [];
        walk(tree, (node) => {
          if (node.type === 'ObjectExpression')
            for (const { said, beside } of WORDS) {
              const found = property(node, said);
              const isThere = beside === null ? makesShapes : property(node, beside);
              if (isThere && isText(found?.value)) cuts.push([found.start, found.end + (code[found.end] === ',' ? 1 : 0)]);
            }
          const at = node.type === 'CallExpression' ? meaning.get(node.callee.name) : undefined;
          if (at === undefined || !isText(node.arguments[at])) return;
          const { start, end } = node.arguments[at];
          if (at < node.arguments.length - 1) cuts.push([start + 1, end - 1]);
          else cuts.push([at === 0 ? start : node.arguments[at - 1].end, end]);
        });
        return cuts.length === 0 ? null : { code: cut(code, cuts), map: null };
      },
    },
    generateBundle(_, bundle) {
      for (const chunk of Object.values(bundle))
        for (const [id, { renderedLength }] of Object.entries(chunk.type === 'chunk' ? chunk.modules : {}))
          if (renderedLength > 0 && PRINTERS.test(id)) throw new Error(`${chunk.fileName} has ${relative('.', id)}, but not the words that it prints`);
    },
  };
}

/** The functions that make shapes in a file, by the names they have there: those of engine/model/shape.ts, and its own, as `const port = (about) => whole(0, 65535, about)`. */
function meaningIn(/** @type {Node} */ tree) {
  /** @type {Map<string, number>} */
  const found = new Map();
  walk(tree, (node) => {
    if (node.type === 'ImportDeclaration' && /[/\\]shape\.ts$/.test(node.source.value))
      for (const { imported, local } of node.specifiers) {
        const at = MEANING.get(imported?.name);
        if (at !== undefined) found.set(local.name, at);
      }
    if (node.type === 'VariableDeclarator' && node.init?.type === 'ArrowFunctionExpression' && node.init.params.at(-1)?.name === 'about')
      found.set(node.id.name, node.init.params.length - 1);
  });
  return found;
}

const property = (/** @type {Node} */ { properties }, /** @type {string} */ name) => properties.find((/** @type {Node} */ { key }) => key?.name === name);

/** Something in quotes, whatever is filled in: leaving it out leaves out nothing that is done. */
const isText = (/** @type {Node} */ node) =>
  (node?.type === 'Literal' && typeof node.value === 'string') ||
  (node?.type === 'TemplateLiteral' && node.expressions.every((/** @type {Node} */ { type }) => type === 'Identifier'));

/** The text without these parts of it, none of which lies in another. */
function cut(/** @type {string} */ text, /** @type {[from: number, to: number][]} */ parts) {
  let kept = '';
  let at = 0;
  for (const [from, to] of parts.sort(([one], [other]) => one - other)) {
    kept += text.slice(at, from);
    at = to;
  }
  return kept + text.slice(at);
}

function walk(/** @type {Node} */ node, /** @type {(node: Node) => void} */ visit) {
  if (Array.isArray(node)) for (const one of node) walk(one, visit);
  else if (typeof node?.type === 'string') {
    visit(node);
    for (const inner of Object.values(node)) if (typeof inner === 'object') walk(inner, visit);
  }
}
