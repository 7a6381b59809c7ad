/** What is taken from the page, and what is brought to it, by the clipboard. */

import { describe, expect, test } from 'vitest';
import { isFile } from '../../app/actions/paste.ts';
import { checkCommand } from '../../app/text/check-command.ts';
import { LANGUAGES } from '../../app/text/languages.ts';
import { markdownTrace } from '../../app/views/why/markdown-trace.ts';
import { openPage, openScenario } from './opened-page.ts';

describe('the command that asks a node for a rule: iptables(8), -C', () => {
  test.each([
    ['nat', '-A OVN-POSTROUTING -m mark --mark 0x90002/0x90002 -j RETURN', 'iptables -t nat -C OVN-POSTROUTING -m mark --mark 0x90002/0x90002 -j RETURN'],
    ['ip6:filter', '[12:3400] -A FORWARD -p tcp -j DROP', 'ip6tables -t filter -C FORWARD -p tcp -j DROP'],
    ['nft:ip6:mangle', '-A PREROUTING -j ACCEPT', 'ip6tables-nft -t mangle -C PREROUTING -j ACCEPT'],
    // A shell would look into these quotes.
    ['nat', '-A X -m comment --comment "a $HOME `id` \\"b\\"" -j Y', 'iptables -t nat -C X -m comment --comment "a \\$HOME \\`id\\` \\"b\\"" -j Y'],
  ])('%s: %s', (table, line, command) => expect(checkCommand(table, line)).toBe(command));

  test('what is no line of a rule has none', () => expect(checkCommand('nat', ':POSTROUTING ACCEPT [0:0]')).toBeNull());
});

describe('what is pasted is taken for a file', () => {
  test.each([
    '*nat\n:OUTPUT ACCEPT [0:0]\nCOMMIT\n',
    '-A FORWARD -j DROP',
    'create a hash:ip',
    '{"packets":[]}',
    'a: 1\nb: 2',
    'iptables -t nat -A OUTPUT -j DROP',
    'net.ipv4.ip_forward = 1',
    'net.ipv4.conf.all.rp_filter=0',
    'default via 10.0.0.1 dev eth0',
    '10.1.0.0/16 dev ovn0',
    'fd00::/64 dev ovn0',
  ])('%j', (text) => expect(isFile(text)).toBe(true));
  test.each(['hello', '10.0.11.2', '\n word \n', 'https://example.net/a'])('%j is not', (text) => expect(isFile(text)).toBe(false));
  test('one long line is looked through once: a page that waits for it stands still', () => {
    const began = performance.now();
    expect(isFile(`{"snapshot":"${'a'.repeat(40_000)}"}`)).toBe(true);
    expect(isFile('a'.repeat(40_000))).toBe(false);
    // Milliseconds; looked through again from each of its characters it takes some seconds.
    expect(performance.now() - began).toBeLessThan(500);
  });
});

describe('the trace as Markdown', () => {
  const markdown = (language: 'en' | 'zh', link = 'https://example.net/#/s/x'): string => {
    const app = openPage();
    openScenario(app, 'kube-ovn-installed/p43-policy-forward');
    return markdownTrace(app.store.getState(), link, LANGUAGES[language]);
  };

  test('says the verdict, the packet, what decided with its rules, and the way back', () => {
    const text = markdown('en');
    expect(text).toMatch(/^\*\*Not SNATed: leaves eth0 as 10\.0\.11\.2\*\*\n\nPacket `10\.0\.11\.2:4200 → 8\.8\.8\.8:443 tcp`, from `ovn0`\n/);
    const fenced = [...text.matchAll(/ {2}```\n {2}(.+)\n {2}```/g)].map(([, line]) => line);
    expect(fenced).toEqual(expect.arrayContaining(['-A OVN-POSTROUTING -m mark --mark 0x90002/0x90002 -j RETURN', expect.stringMatching(/^-A OVN-NAT-PSUBNET-\w+ .*-j MARK/)]));
    expect(text).toMatch(/\[Step \d+ of \d+ in Packetwalk\]\(https:\/\/example\.net\/#\/s\/x\)\n$/);
  });
  test('in Chinese; a link that no place takes is left out, whole', () => {
    const text = markdown('zh', `https://example.net/#/x/1.${'a'.repeat(9000)}`);
    expect(text).toMatch(/^\*\*未做 SNAT：/);
    expect(text).not.toContain('example.net');
  });
});
