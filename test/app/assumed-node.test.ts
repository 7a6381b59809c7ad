/** Rules alone, and rules that nobody can read: the page says what it took for granted, and no more than what stands there. */

import { expect, test } from 'vitest';
import { draftOf } from '../../app/store/draft.ts';
import { openPage } from './opened-page.ts';

const ADDRESSES = '==> ip -j addr <==\n[{"ifindex":1,"ifname":"eth0","flags":["UP"],"mtu":1500,"addr_info":[{"family":"inet","local":"10.0.0.1","prefixlen":24}]}]\n';

function opened(text: string) {
  const app = openPage();
  const packet = draftOf({ in: 'eth0', src: '10.0.0.9', dst: '8.8.8.8', proto: 'tcp', dport: 80 });
  app.open({ example: null, files: [{ name: 'node', text }], cluster: false, packets: [packet], environment: {} });
  const { answer } = app.store.getState();
  if (!answer.node) expect.unreachable();
  return { ...answer, node: answer.node };
}

const rules = (lines: string): string => `==> iptables-save <==\n*filter\n:FORWARD ACCEPT [0:0]\n${lines}COMMIT\n`;

test('a node without addresses is known as assumed, with what it was given', () => {
  const { node } = opened(rules(''));
  expect(node.isAssumed).toBe(true);
  expect(node.interfaces.find(({ name }) => name === 'eth0')?.addresses).toContain('192.0.2.1/24');
});

test('one with addresses is not', () => expect(opened(`${rules('')}${ADDRESSES}`).node.isAssumed).toBe(false));

test.each([
  ['-s 999.1.2.3 -j DROP', ['-s 999.1.2.3']],
  ['-p tcp -m tcp --dport 80 --bogus 3 -j DROP', ['-p tcp -m tcp --dport 80 --bogus 3']],
  ['-j NOWHERE', []],
  ['-s 10.0.0.0/8 -j DROP', ['-s 10.0.0.0/8']],
])('what stands in %j is its test, as far as anybody can read it', (line, tests) => {
  const { node } = opened(`${rules(`-A FORWARD ${line}\n`)}${ADDRESSES}`);
  expect(node.tables[0]?.chains.find(({ name }) => name === 'FORWARD')?.rules[0]?.tests).toEqual(tests);
});
