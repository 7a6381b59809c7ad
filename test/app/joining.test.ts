/**
 * Files that alone are no node join the person's own: rules and what they need may come one after the other. What the tools print
 * is theirs (iptables 1.8.9, ipset 7.17, iproute2 6.1).
 */

import { describe, expect, test, vi } from 'vitest';
import { dropFiles } from '../../app/actions/open-files.ts';
import { openOwn, takeOtherwise } from '../../app/actions/take-files.ts';
import { pasteText } from '../../app/actions/paste.ts';
import { belong, joined } from '../../app/share/joining.ts';
import { draftOf } from '../../app/store/draft.ts';
import type { App } from '../../app/store/store.ts';
import { openPage, openScenario } from './opened-page.ts';

const RULES = '*filter\n:INPUT ACCEPT [0:0]\n:FORWARD ACCEPT [0:0]\n:OUTPUT ACCEPT [0:0]\n-A FORWARD -m set --match-set blocked src -j DROP\nCOMMIT\n';
const SETS = 'create blocked hash:net family inet hashsize 1024 maxelem 65536\nadd blocked 10.0.11.0/24\n';
const ADDRESSES =
  '[{"ifindex":2,"ifname":"eth0","flags":["BROADCAST","UP"],"mtu":1500,"operstate":"UP","addr_info":[{"family":"inet","local":"192.0.2.1","prefixlen":24,"scope":"global"}]},' +
  '{"ifindex":3,"ifname":"ovn0","flags":["BROADCAST","UP"],"mtu":1500,"operstate":"UP","addr_info":[{"family":"inet","local":"10.0.11.1","prefixlen":24,"scope":"global"}]}]';
const ROUTES = '[{"dst":"default","gateway":"192.0.2.254","dev":"eth0","flags":[]},{"dst":"10.0.11.0/24","dev":"ovn0","scope":"link","flags":[]}]';
const POD = { in: 'ovn0', src: '10.0.11.2', dst: '8.8.8.8', proto: 'tcp', sport: 4200, dport: 443 } as const;

const file = (name: string, text: string) => ({ name, text });
const plain = (...files: { name: string; text: string }[]) => ({ files, cluster: false });

function own(...files: { name: string; text: string }[]): App {
  const app = openPage();
  app.open({ example: null, files, cluster: false, packets: [draftOf(POD)], environment: {} });
  return app;
}
const names = (app: App) => app.store.getState().document.files.map(({ name }) => name);
const outcome = (app: App) => app.store.getState().answer.traces[0]?.outcome;

describe('a file without a word', () => {
  const PICTURE = new TextDecoder().decode(new Uint8Array([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 0x0d, 0x49, 0x48, 0x44, 0x52, 0xff, 0xc9, 0x8a, 0xd1, 0xee]));
  test.each([
    ['picture.png', PICTURE],
    ['empty.save', ''],
    ['blank.save', ' \n\t\n'],
  ])('%s takes nobody else’s place', async (name, text) => {
    const app = own(file('rules', RULES));
    const { document } = app.store.getState();
    await openOwn(app, [file('sets.save', SETS), file(name, text)]);
    expect(app.store.getState().document).toBe(document);
    expect(app.store.getState().notice).toEqual({ kind: 'file-failed', detail: `there is no text in ${name}; what was there has stayed` });
  });
  test('what is written in UTF-16, or holds a broken letter, is text', async () => {
    for (const text of [`\ufffd\ufffd${[...SETS].join('\0')}`, SETS.replace('blocked', 'block\ufffdd')]) {
      const app = own(file('rules', RULES));
      await openOwn(app, [file('sets.save', text)]);
      expect(app.store.getState().notice?.kind).not.toBe('file-failed');
    }
  });
});

describe('one after the other', () => {
  test('what is typed while files are taken in stays', async () => {
    const app = own(file('rules', RULES), file('addr', ADDRESSES));
    const taken = openOwn(app, [file('sets.save', SETS)]);
    app.editField(0, 'dport', '5432', true);
    await taken;
    expect(names(app)).toEqual(['rules', 'addr', 'sets.save']);
    expect(app.store.getState().document.packets[0]?.fields.dport).toBe('5432');
  });
  test('files that take long to read are not the last ones for it', async () => {
    const app = own(file('rules', RULES));
    const given = (name: string, text: string, takes: number) => ({ name, text: () => new Promise<string>((done) => setTimeout(done, takes, text)) }) as File;
    dropFiles(app, [given('slow.save', RULES.replace('DROP', 'ACCEPT'), 60)]);
    dropFiles(app, [given('quick.save', RULES, 0)]);
    await vi.waitFor(() => expect(names(app)).toEqual(['quick.save']));
    await new Promise((done) => setTimeout(done, 100));
    expect(names(app)).toEqual(['quick.save']);
    app.undo();
    expect(names(app)).toEqual(['slow.save']);
  });
  test('sets after the rules that ask for them: they decide, and what was done is said', async () => {
    const app = own(file('rules', RULES), file('addr', ADDRESSES), file('route', ROUTES));
    expect(outcome(app)?.verdict).toBe('unknown');
    await openOwn(app, [file('sets.save', SETS)]);
    expect([outcome(app)?.verdict, names(app)]).toEqual(['dropped', ['rules', 'addr', 'route', 'sets.save']]);
    expect(app.store.getState().notice).toMatchObject({
      kind: 'joined',
      said: { en: 'Added to your files: ipset save.', zh: '已加入你的文件：ipset save。' },
      otherwise: { how: 'replace' },
    });
    app.undo();
    expect([outcome(app)?.verdict, names(app)]).toEqual(['unknown', ['rules', 'addr', 'route']]);
  });
  test('what is pasted: each has a name of its own; links and routes count', async () => {
    const app = own(file('clipboard.txt', RULES.replace('-m set --match-set blocked src ', '-i eth0 ')));
    for (const [text, count] of [
      [ADDRESSES, 2],
      [ROUTES, 3],
    ] as const) {
      pasteText(app, text);
      await expect.poll(() => names(app).length).toBe(count);
    }
    expect(names(app)).toEqual(['clipboard.txt', 'clipboard-2.txt', 'clipboard-3.txt']);
    expect(outcome(app)).toMatchObject({ verdict: 'forwarded', out: 'eth0' });
  });
  test('rules after what they need join it, too', async () => {
    const app = own(file('sets.save', SETS));
    await openOwn(app, [file('rules', RULES)]);
    expect(names(app)).toEqual(['sets.save', 'rules']);
    expect(app.store.getState().answer.traces[0]?.outcome.verdict).toBe('dropped');
  });
  test('packets come in by a link that the new addresses have; one undo takes both back', async () => {
    const app = own(file('rules', RULES));
    const before = app.store.getState().document;
    await openOwn(app, [file('addr', ADDRESSES.replaceAll('ovn0', 'br1'))]);
    expect(app.store.getState().document.packets[0]?.fields.in).toBe('br1');
    expect(app.store.getState().notice).toMatchObject({ kind: 'joined', said: { en: expect.stringContaining('The packet comes in by br1 now.') } });
    app.undo();
    expect(app.store.getState().document).toBe(before);
  });
  test('rules replace rules, unless one chooses to add them; the choice can be taken the other way', async () => {
    const app = own(file('rules', RULES), file('sets.save', SETS));
    await openOwn(app, [file('other', RULES.replace('-A FORWARD -m set --match-set blocked src -j DROP\n', ''))]);
    const { notice } = app.store.getState();
    expect([names(app), notice?.kind, notice?.otherwise?.how]).toEqual([['other'], 'replaced', 'add']);
    if (!notice?.otherwise) throw new Error('nothing is offered');
    await takeOtherwise(app, notice.otherwise);
    // Its table is said anew: that of before would be read for nothing.
    expect(names(app)).toEqual(['sets.save', 'other']);
    const back = app.store.getState().notice?.otherwise;
    expect(back?.how).toBe('replace');
    if (back) await takeOtherwise(app, back);
    expect(names(app)).toEqual(['other']);
  });
  test('chosen from the start: sets alone replace all', async () => {
    const app = own(file('rules', RULES));
    await openOwn(app, [file('sets.save', SETS)], 'replace');
    expect(names(app)).toEqual(['sets.save']);
    await openOwn(app, [file('rules', RULES)], 'replace');
    await openOwn(app, [file('rules', RULES)], 'add');
    expect(names(app)).toEqual(['rules']);
  });
  test('a scenario that ships is nobody’s own: nothing joins it, unless it is chosen', async () => {
    const app = openPage();
    openScenario(app, 'kube-ovn-installed/p43-policy-forward');
    await openOwn(app, [file('sets.save', SETS)]);
    expect([names(app), app.store.getState().notice?.kind]).toEqual([['sets.save'], 'replaced']);
    app.undo();
    await openOwn(app, [file('sets.save', SETS)], 'add');
    expect([names(app), app.store.getState().document.example]).toEqual([['node', 'sets.save'], null]);
  });
});

describe('what belongs to what', () => {
  const rules = plain(file('rules', RULES));
  test.each([
    ['ipset save', SETS],
    ['ip -j addr', ADDRESSES],
    ['ip -j link', '[{"ifindex":1,"ifname":"lo","flags":["UP"]}]'],
    ['ip -j route', ROUTES],
    ['ip route', 'default via 192.0.2.254 dev eth0\n'],
    ['ip -j rule', '[{"priority":0,"src":"all","table":"local"}]'],
    ['ip rule', '0:\tfrom all lookup local\n32766:\tfrom all lookup main\n'],
    ['sysctl -a', 'net.ipv4.ip_forward = 1\nnet.ipv4.conf.all.rp_filter = 0\n'],
    ['conntrack -L', 'tcp      6 431999 ESTABLISHED src=10.0.0.1 dst=10.0.0.2 sport=1 dport=2 src=10.0.0.2 dst=10.0.0.1 sport=2 dport=1 [ASSURED] mark=0 use=1\n'],
    ['a snapshot without rules', `==> ip -j addr <==\n${ADDRESSES}\n==> ipset save <==\n${SETS}`],
  ])('%s belongs to rules', (_, text) => expect(belong(rules, [file('a', text)])).toBe(true));
  test.each([
    ['rules', RULES],
    ['iptables -S', '-P INPUT ACCEPT\n-A INPUT -j DROP\n'],
    ['a snapshot with rules', `==> iptables-save <==\n${RULES}==> ipset save <==\n${SETS}`],
    ['a cluster', 'nodes:\n- name: a\n'],
    ['what nobody knows', 'what is this\nnobody knows\n'],
  ])('%s: no', (_, text) => expect(belong(rules, [file('a', text)])).toBe(false));
  test('dropped together with rules: no', () => expect(belong(rules, [file('a', SETS), file('b', RULES)])).toBe(false));
  test('sets belong to a cluster', () => expect(belong({ files: [file('cluster.yaml', 'nodes: []')], cluster: true }, [file('a', SETS)])).toBe(true));
});

describe('what is said anew is replaced', () => {
  const text = (there: Parameters<typeof joined>[0], ...given: { name: string; text: string }[]) => joined(there, given).document.files.map((one) => `${one.name}: ${one.text}`);

  test('a file of the same kind goes', () =>
    expect(joined(plain(file('rules', RULES), file('old', ADDRESSES)), [file('new', ADDRESSES)])).toEqual({
      document: plain(file('rules', RULES), file('new', ADDRESSES)),
      added: ['ip addr'],
      replaced: ['old'],
    }));
  test('of a snapshot its section; the rest stays as it is', () =>
    expect(
      text(
        plain(file('node', `==> iptables-save <==\n${RULES}==> ipset save <==\n${SETS}==> ip -j route <==\n${ROUTES}\n`)),
        file('sets', 'create other hash:ip family inet\n'),
        file('r', ROUTES),
      ),
    ).toEqual([`node: ==> iptables-save <==\n${RULES}==> ipset save <==\n${SETS.trimEnd()}`, 'sets: create other hash:ip family inet\n', `r: ${ROUTES}`]));
  test('of sets those that come anew', () =>
    expect(
      text(
        plain(file('old', 'create a hash:ip family inet\nadd a 10.0.0.1\ncreate b hash:ip family inet\nadd b 10.0.0.2\n')),
        file('new', 'create a hash:ip family inet\nadd a 10.0.0.9\n'),
      ),
    ).toEqual(['old: create b hash:ip family inet\nadd b 10.0.0.2\n', 'new: create a hash:ip family inet\nadd a 10.0.0.9\n']));
  test('of sysctls those that come anew', () =>
    expect(text(plain(file('old', 'net.ipv4.ip_forward = 1\nnet.ipv4.conf.all.rp_filter = 1\n')), file('new', 'net.ipv4.ip_forward = 0\n'))).toEqual([
      'old: net.ipv4.conf.all.rp_filter = 1\n',
      'new: net.ipv4.ip_forward = 0\n',
    ]));
  test('routes of the other family stay', () =>
    expect(
      text(plain(file('six', 'default via fe80::1 dev eth0 metric 1024\n'), file('four', 'default via 192.0.2.254 dev eth0\n')), file('new', 'default via 192.0.2.1 dev eth0\n')),
    ).toEqual(['six: default via fe80::1 dev eth0 metric 1024\n', 'new: default via 192.0.2.1 dev eth0\n']));
  test('tables of the other family stay', () => {
    const six = file('v6', RULES.replace('*filter', '# Generated by ip6tables-save v1.8.9 on Sat Nov  1 12:00:00 2025\n*filter').replace('blocked', 'blocked6'));
    expect(joined(plain(file('v4', RULES)), [six]).document.files.map(({ name }) => name)).toEqual(['v4', 'v6']);
  });
});
