/** The form's edits on their way through the worker: none is lost, none goes into another text than it was made for. */

import { afterAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { editForm, knownForm, parseYaml, readForm, readScenarioText, type ClusterEdit } from '../../app/store/desk.ts';
import type { DeskAnswer, DeskRequest } from '../../app/worker/desk.ts';
import { work } from '../../app/worker/desk-work.ts';

/** Works as the real one does, a turn later. */
class FakeWorker {
  static started = 0;
  static broken = false;
  static asked: DeskRequest[] = [];
  onmessage: ((event: { data: DeskAnswer }) => void) | null = null;
  onerror: ((event: { message: string }) => void) | null = null;
  constructor() {
    FakeWorker.started++;
  }
  postMessage(request: DeskRequest): void {
    FakeWorker.asked.push(request);
    setTimeout(() => {
      if (FakeWorker.broken) return this.onerror?.({ message: 'no room' });
      let data: DeskAnswer;
      try {
        data = { id: request.id, done: work(structuredClone(request)) };
      } catch (error) {
        data = { id: request.id, failure: (error as Error).message };
      }
      this.onmessage?.({ data: structuredClone(data) });
    });
  }
  terminate(): void {}
}

const TEXT = `options: { node: node1 }
nodes:
  - name: node1
subnets:
  - name: net1
    cidrBlock: 10.0.11.0/24
    natOutgoing: true # SNAT
    natOutgoingPolicyRules:
      - { action: nat, match: { srcIPs: 10.0.11.1 } }
      - { action: forward, match: { srcIPs: 10.0.11.2 } }
`;

describe('the desk', () => {
  let text: string | null = TEXT;
  let failures = 0;
  const write = (next: string | null): void => {
    if (next === null) failures++;
    else text = next;
  };
  const edit = (one: ClusterEdit, merge?: string): Promise<void> => editForm(() => text, one, write, merge);
  const subnet = () => {
    const [found] = knownForm(text ?? '')?.subnets ?? [];
    if (!found) throw new Error('no Subnet');
    return found;
  };

  vi.stubGlobal('Worker', FakeWorker);
  afterAll(() => vi.unstubAllGlobals());
  beforeEach(async () => {
    text = TEXT;
    failures = 0;
    FakeWorker.broken = false;
    FakeWorker.asked = [];
    await readForm(TEXT);
  });

  test('one that fails on the page holds up none of those behind it', async () => {
    const refused = editForm(
      () => text,
      { kind: 'option', name: 'kubeProxy', value: 'ipvs' },
      () => {
        throw new Error('no room');
      },
    );
    const next = vi.fn();
    const behind = editForm(() => text, { kind: 'option', name: 'kubeProxy', value: 'iptables' }, next);
    await expect(refused).rejects.toThrow('no room');
    await behind;
    expect(next).toHaveBeenCalledOnce();
  });
  test('an edit, and the form of what it made', async () => {
    await edit({ kind: 'fields', subnet: subnet(), fields: { natOutgoing: false } });
    expect(text).toBe(TEXT.replace('true # SNAT', 'false # SNAT'));
    expect(subnet().natOutgoing).toBe(false);
    expect(subnet().rules).toHaveLength(2);
  });

  test('edits that do not wait for each other are all in the text', async () => {
    const before = subnet();
    await Promise.all([
      edit({ kind: 'swap-rules', subnet: before, one: 0, other: 1 }),
      edit({ kind: 'option', name: 'kubeProxy', value: 'ipvs' }),
      edit({ kind: 'add-rule', subnet: before, rule: { action: 'nat', match: { srcIPs: '10.0.11.3' } } }),
      edit({ kind: 'remove-rule', subnet: before, index: 0 }),
    ]);
    expect(subnet().rules.map(({ srcIPs }) => srcIPs)).toEqual(['10.0.11.1', '10.0.11.3']);
    expect(knownForm(text ?? '')?.options).toEqual({ node: 'node1', kubeProxy: 'ipvs' });
  });

  test('of what is typed into one field only the last waits', async () => {
    const before = subnet();
    await Promise.all(
      [...'10.0.11.129'].map((_, i, all) => edit({ kind: 'rule-field', subnet: before, index: 0, field: 'srcIPs', value: all.slice(0, i + 1).join('') }, 'srcIPs')),
    );
    expect(subnet().rules[0]?.srcIPs).toBe('10.0.11.129');
    expect(FakeWorker.asked.filter(({ desk }) => desk === 'edit')).toHaveLength(2);
  });

  test('what is typed in the text meanwhile stays', async () => {
    const done = edit({ kind: 'option', name: 'kubeProxy', value: 'ipvs' });
    text = `${TEXT}# mine\n`;
    await done;
    expect(text).toContain('# mine');
    expect(text).toContain('kubeProxy: ipvs');
  });

  test('nothing is written into a text that has taken its place', async () => {
    const done = edit({ kind: 'option', name: 'kubeProxy', value: 'ipvs' });
    text = null;
    await done;
    expect(text).toBeNull();
    expect(failures).toBe(0);
  });

  test('an edit that cannot be written is said to be none, and a worker that stops is replaced', async () => {
    FakeWorker.broken = true;
    const { started } = FakeWorker;
    await edit({ kind: 'option', name: 'kubeProxy', value: 'ipvs' });
    expect([text, failures]).toEqual([TEXT, 1]);
    FakeWorker.broken = false;
    await edit({ kind: 'option', name: 'kubeProxy', value: 'ipvs' });
    expect(text).toContain('kubeProxy: ipvs');
    expect(FakeWorker.started).toBe(started + 1);
    text = 'a: [';
    await edit({ kind: 'option', name: 'kubeProxy', value: 'ipvs' });
    expect([text, failures]).toEqual(['a: [', 2]);
  });

  test('texts that are no YAML: the form is null, a value is refused with the parser’s words', async () => {
    await readForm('a: [');
    expect(knownForm('a: [')).toBeNull();
    expect(knownForm('a: 1\n')).toBeUndefined();
    await expect(parseYaml('a: [')).rejects.toThrow(/flow/i);
    expect(await parseYaml('a: 1\n')).toEqual({ a: 1 });
    expect(await readScenarioText('{"packetwalk": 2}')).toEqual({ kind: 'saved', value: { packetwalk: 2 } });
  });
});
