/**
 * What the engine can say: every text in its sources that reads like a sentence, as a template with `{}` for what is
 * filled in. A reader of tokens, no more: it knows comments, strings, templates within templates and regular expressions.
 */

import { readdirSync, readFileSync } from 'node:fs';

interface EngineSentence {
  /** Below `engine/`. */
  readonly file: string;
  readonly line: number;
  /** `no way to {}`. */
  readonly template: string;
}

const ROOT = new URL('../../engine/', import.meta.url);

/** Files whose texts are no messages: descriptions of the published JSON, names, rules as text, words in two languages. */
const NOT_MESSAGES =
  /^(trace\/(format|verdict-shape)|model\/packet-shape|scenario\/(format|schemas|judge|fired)|analysis\/format|extension\/(extension|describe)\.ts|kube-ovn\/(rules\/|marks|sets|explain|options|kube-proxy\/|portmap|releases|names)|format\/(iptables-names|snapshot))/;

/** What stands before a text that is no message: a line of help, the manual's section, a bug of ours, what is compared. */
const NOT_SAID =
  /(\bhelp: ?|\bsource: ?|new Error\(|new RegExp\(|===? ?|!== ?|case |\.(startsWith|endsWith|includes|split|join|replace|replaceAll|get|has)\(|\bimport .*|\bfrom |\bcode: ?)$/;

export function engineSentences(): readonly EngineSentence[] {
  return (readdirSync(ROOT, { recursive: true }) as string[])
    .filter((file) => file.endsWith('.ts') && !NOT_MESSAGES.test(file))
    .sort()
    .flatMap((file) => sentencesIn(readFileSync(new URL(file, ROOT), 'utf8')).map(({ line, template }) => ({ file, line, template })));
}

/** Two words in lower case side by side, after what is filled in has been taken out. */
function readsLikeASentence(template: string): boolean {
  const words = template
    .replace(/"[^"]*"/g, ' ¤ ')
    .replaceAll('{}', ' ¤ ')
    .replace(/ +/g, ' ');
  return /(?<![\w./:=-])[a-z][a-z’']+,? (¤ |[A-Z0-9]\S* )?[a-z][a-z’']+(?![\w/=])/.test(words) && !/(iptables-extensions|ipset|iptables)\(8\)|Linux 6\.\d/.test(template);
}

interface Found {
  readonly line: number;
  readonly template: string;
}

function sentencesIn(source: string): readonly Found[] {
  const found: Found[] = [];
  let at = 0;
  const take = (start: number, raw: string): void => {
    const template = raw.replace(/\\(.)/g, '$1');
    const before = source.slice(Math.max(0, start - 40), start).replace(/\s+/g, ' ');
    if (!NOT_SAID.test(before) && readsLikeASentence(template)) found.push({ line: source.slice(0, start).split('\n').length, template });
  };
  const end = (found: number): number => (found < 0 ? source.length : found);
  /** Reads code up to an unmatched `}` or the end. */
  const code = (): void => {
    let depth = 0;
    let last = '';
    while (at < source.length) {
      const char = source[at] as string;
      if (source.startsWith('//', at)) at = end(source.indexOf('\n', at));
      else if (source.startsWith('/*', at)) at = end(source.indexOf('*/', at)) + 2;
      else if (char === "'" || char === '"') {
        const start = at;
        at++;
        while (at < source.length && source[at] !== char) at += source[at] === '\\' ? 2 : 1;
        take(start, source.slice(start + 1, at));
        at++;
        last = 'x';
      } else if (char === '`') {
        const start = at;
        take(start, template());
        last = 'x';
      } else if (char === '/' && (!/[\w)\]]/.test(last) || /\b(return|case|typeof)\s*$/.test(source.slice(Math.max(0, at - 8), at)))) {
        let inClass = false;
        at++;
        while (at < source.length && (source[at] !== '/' || inClass)) {
          if (source[at] === '\\') at++;
          else if (source[at] === '[') inClass = true;
          else if (source[at] === ']') inClass = false;
          at++;
        }
        at++;
        last = 'x';
      } else if (char === '}' && depth === 0) return;
      else {
        if (char === '{') depth++;
        if (char === '}') depth--;
        if (!/\s/.test(char)) last = char;
        at++;
      }
    }
  };
  const template = (): string => {
    let text = '';
    at++;
    while (at < source.length && source[at] !== '`') {
      if (source[at] === '\\') {
        text += source.slice(at, at + 2);
        at += 2;
      } else if (source.startsWith('${', at)) {
        at += 2;
        code();
        at++;
        text += '{}';
      } else text += source[at++];
    }
    at++;
    return text;
  };
  code();
  return found;
}
