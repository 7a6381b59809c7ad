import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { bitList, endpoint, hex, maskedOption } from '../../app/text/format.ts';
import { CLUSTER_LANGUAGES } from '../../app/text/cluster.ts';
import { LANGUAGES } from '../../app/text/languages.ts';

type Leaf = string | ((slots: never) => string);

function leaves(value: object, path = ''): [string, Leaf][] {
  return Object.entries(value).flatMap(([key, inner]: [string, unknown]) =>
    typeof inner === 'object' && inner !== null ? leaves(inner, `${path}${key}.`) : [[`${path}${key}`, inner as Leaf] as [string, Leaf]],
  );
}

/** Every slot answers with its own name, so that a sentence that forgets one shows. */
const SLOTS = new Proxy({}, { get: (_, name) => (name === 'assumptions' ? ['<assumptions>'] : `<${String(name)}>`) }) as never;
const said = (leaf: Leaf): string => (typeof leaf === 'string' ? leaf : leaf(SLOTS));
const slotsOf = (text: string): string[] => [...new Set([...text.matchAll(/<(\w+)>/g)].map(([, name]) => name as string))].sort();

const english = new Map([...leaves(LANGUAGES.en), ...leaves(CLUSTER_LANGUAGES.en, 'cluster.')]);
const chinese = new Map([...leaves(LANGUAGES.zh), ...leaves(CLUSTER_LANGUAGES.zh, 'cluster.')]);

describe('dictionaries', () => {
  test('the same keys in both languages', () => {
    expect([...chinese.keys()].sort()).toEqual([...english.keys()].sort());
  });
  test('no sentence is empty, and each names the same slots in both languages', () => {
    for (const [key, leaf] of english) {
      const [en, zh] = [said(leaf), said(chinese.get(key) as Leaf)];
      expect(en.trim(), key).not.toBe('');
      expect(zh.trim(), key).not.toBe('');
      // The engine's English sentence is made in the engine; Chinese makes it of its parts, or has come beside it.
      if (!/^(why\.reading|problem(Message|Hint)|rules\.problemOf)$/.test(key)) expect(slotsOf(zh), key).toEqual(slotsOf(en));
    }
  });
  test('Chinese is Chinese: only names, symbols and what is made of slots alone go without', () => {
    const without = [...chinese].filter(([, leaf]) => !/\p{Script=Han}/u.test(said(leaf))).map(([key]) => key);
    expect(without).toEqual(expect.arrayContaining(['title', 'state.mark']));
    const allowed =
      /^(otherLanguage|engine|problem(Message|Hint)|title|state\.(mark|conntrack|connection)|state\.fields\.(in|out|ttl|tos|mark|ctstate|status|ctmark|icmp|priority)|packet\.fields\.(mark|ttl|tos)|packet\.defaults\.\w+|packet\.summary|path\.(stopName|stageName|alsoCalled|pass\.ends\.(lo|ipvs|nowhere|unknown)|made\.label)|steps\.altitudes\.hook|steps\.kinds\.(conntrack|nat|tproxy|ipvs)|cluster\.changes\.said|verdict\.(colon|sentence|tuple|tupleMark|word\.(ipvs|tproxy)|cause\.(mark|rule))|whyNot\.(wish\.\w+|mark)|why\.(effect|needed|bits\.(saw|hex))|purpose\.(said|set|mark|test|comma|and)|timeline\.(examples|spoken\.(comma|does\.target))|rules\.problemOf|connection\.(ctstate|twinA|twinB|suggested\.rule))$/;
    expect(without.filter((key) => !allowed.test(key))).toEqual([]);
  });
});

test('a reading in Chinese says what was seen and what is needed', () => {
  const { reading } = LANGUAGES.zh.why;
  const parts = { field: 'dst', saw: '8.8.8.8', text: '', entry: '' };
  expect(reading({ ...parts, wanted: 'in ovn40subnets', holds: 'false' })).toBe('dst 为 8.8.8.8，需要在 ovn40subnets 中');
  expect(reading({ ...parts, wanted: 'not in ovn40subnets', holds: 'false', entry: '8.0.0.0/8' })).toBe('dst 为 8.8.8.8（集合条目 8.0.0.0/8），需要不在 ovn40subnets 中');
  expect(reading({ ...parts, field: 'tcpFlags', saw: 'SYN', wanted: 'RST of FIN,RST', holds: 'false' })).toBe('tcp-flags 为 SYN，需要 FIN,RST 中恰好置位 RST');
  expect(reading({ ...parts, field: 'tcpFlags', saw: 'SYN', wanted: 'none of SYN,ACK', holds: 'false' })).toBe('tcp-flags 为 SYN，需要 SYN,ACK 都不置位');
  expect(reading({ ...parts, field: 'src', saw: '10.16.0.10', wanted: 'not 10.16.0.0/16', holds: 'false' })).toBe('src 为 10.16.0.10，需要不在 10.16.0.0/16 中');
  expect(reading({ ...parts, field: 'proto', saw: 'tcp', wanted: 'not tcp', holds: 'false' })).toBe('proto 为 tcp，需要不为 tcp');
  expect(reading({ ...parts, field: 'physIn', saw: 'none', wanted: 'eth0', holds: 'false' })).toBe('phys-in 为空，需要 eth0');
  expect(reading({ ...parts, wanted: '0x1/0x1', holds: 'unknown' })).toBe('无法判断：');
});

describe('formatting', () => {
  test('hex, bits, endpoints', () => {
    expect(hex(0x90002)).toBe('0x90002');
    expect(hex(-1)).toBe('0xffffffff');
    expect(bitList(0x90002)).toEqual([19, 16, 1]);
    expect(bitList(0x80000000)).toEqual([31]);
    expect(endpoint('fd00::1', 443)).toBe('[fd00::1]:443');
    expect(endpoint('10.0.0.1', null)).toBe('10.0.0.1');
  });
  test('mark options as iptables-save prints them', () => {
    expect(maskedOption('-m mark --mark 0x90001/0x90001')).toEqual({ value: 0x90001, mask: 0x90001, negated: false });
    expect(maskedOption('-m mark ! --mark 0x4000')).toEqual({ value: 0x4000, mask: 0xffffffff, negated: true });
    expect(maskedOption('MARK --set-xmark 0x0/0xffffffff')).toEqual({ value: 0, mask: 0xffffffff, negated: false });
    expect(maskedOption('--dport 80')).toBeNull();
  });
});

describe('colours', () => {
  const css = readFileSync(new URL('../../app/views/page/tokens.css', import.meta.url), 'utf8');
  const tokens = (block: string): Record<string, string> =>
    Object.fromEntries([...block.matchAll(/--([\w-]+): (#[0-9a-f]{6})/g)].map(([, name, value]) => [name as string, value as string]));
  const light = tokens(css.slice(0, css.indexOf('[data-theme=')));
  const dark = tokens(css.slice(css.indexOf('[data-theme='), css.indexOf('@media')));
  const byPreference = tokens(css.slice(css.indexOf('prefers-color-scheme')));

  /** WCAG 2.2, relative luminance and contrast ratio. */
  const luminance = (colour: string): number => {
    const [r, g, b] = [1, 3, 5].map((at) => {
      const c = Number.parseInt(colour.slice(at, at + 2), 16) / 255;
      return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
    }) as [number, number, number];
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const contrast = (a: string, b: string): number => {
    const [low, high] = [luminance(a), luminance(b)].sort((x, y) => x - y) as [number, number];
    return (high + 0.05) / (low + 0.05);
  };

  for (const [name, theme] of [
    ['light', light],
    ['dark', dark],
  ] as const)
    test(`${name}: text 4.5 on every ground, lines of controls 3`, () => {
      for (const ground of ['surface', 'ground', 'wash', 'now-ground'])
        for (const text of ['text', 'muted', 'accept', 'drop', 'rewrite', 'mark', 'link'])
          expect(contrast(theme[text] as string, theme[ground] as string), `${text} on ${ground}`).toBeGreaterThanOrEqual(4.5);
      for (const line of ['line-strong', 'focus', 'now']) expect(contrast(theme[line] as string, theme.surface as string), line).toBeGreaterThanOrEqual(3);
    });
  test('dark by choice and dark by the system are the same', () => {
    expect(byPreference).toEqual(dark);
  });
});
