/** The worker itself, in a scope of the test's: what it does where a part of it cannot be loaded. */

import { afterEach, expect, test, vi } from 'vitest';
import { unpackAnswer } from '../../app/worker/packed.ts';
import type { Request } from '../../app/worker/messages.ts';

afterEach(() => {
  vi.unstubAllGlobals();
  vi.doUnmock('../../app/worker/cluster.ts');
});

const packets = [{ in: 'eth0', src: '192.0.2.1', dst: '10.0.0.1', proto: 'tcp' }];
const run = (id: number, more: Partial<Extract<Request, { kind: 'run' }>>): Request => ({ kind: 'run', id, files: null, cluster: false, packets, environment: {}, ...more });

test('without what reads a cluster its run fails; the next one is not walked through the node before', async () => {
  vi.doMock('../../app/worker/cluster.ts', () => {
    throw new Error('no connection');
  });
  const said: string[] = [];
  const scope = {
    postMessage: (message: Parameters<typeof unpackAnswer>[0]) => said.push(`${unpackAnswer(message).id} ${unpackAnswer(message).kind}`),
    onmessage: (_: { data: Request }) => {},
  };
  vi.stubGlobal('self', scope);
  await import('../../app/worker/worker.ts');
  scope.onmessage({ data: run(1, { files: [{ name: 'a', text: '*raw\n:PREROUTING ACCEPT\nCOMMIT\n' }] }) });
  await vi.waitFor(() => expect(said).toContain('1 traces'));
  scope.onmessage({ data: run(2, { files: [{ name: 'cluster.yaml', text: 'nodes: [a]\n' }], cluster: true }) });
  await vi.waitFor(() => expect(said).toContain('2 failed'));
  // Sent before the page had heard of it.
  scope.onmessage({ data: run(3, {}) });
  await vi.waitFor(() => expect(said.at(-1)).toMatch(/^3 /));
  expect(said.at(-1)).toBe('3 failed');
});
