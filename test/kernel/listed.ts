/** A recording from its middle on: the engine is told what the node listed then, and no more. */

import type { Recording } from './recording.ts';

/** As if the first packets had not been seen. */
export function onlyAfter(recording: Recording, count: number): Recording {
  const { connections = [], expected = [], listed = [], environment, packets, records, snapshot } = recording;
  const choices = (environment.choices ?? []).filter(({ packet }) => packet > count).map((choice) => ({ ...choice, packet: choice.packet - count }));
  return {
    ...recording,
    snapshot: [...snapshot, '==> conntrack -L -o extended <==', ...connections, '==> conntrack -L expect <==', ...expected, ...listed],
    environment: { ...environment, choices },
    packets: packets.slice(count),
    records: records.slice(count),
  };
}
