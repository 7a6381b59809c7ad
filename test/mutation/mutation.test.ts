/**
 * Does the suite notice a broken engine? `npm run test:mutation` breaks every extension in every way of mutants.ts, one at
 * a time, and names who survives; survivors need a reason (survivors.ts) or a recording that notices them, which
 * PACKETWALK_RECORD=1 looks for among random nodes on the kernel.
 */

import { randomInt } from 'node:crypto';
import { afterAll, describe, expect, it } from 'vitest';
import { closeKernel } from '../kernel/kernel.ts';
import { readRecording } from '../kernel/recorded.ts';
import { closeSurvivors } from './close.ts';
import { allMutants, type Mutant } from './mutants.ts';
import { recorded, RECORDED, Suite, witnesses } from './suite.ts';
import { SURVIVORS } from './survivors.ts';

const { env } = process;
const label = ({ of, name }: Mutant): string => `${of}: ${name}`;
const stated = ({ of, name }: Mutant): string | undefined => SURVIVORS.find((one) => one.of.includes(of) && (one.names === undefined || one.names.includes(name)))?.reason;

afterAll(closeKernel);

describe('mutants', () => {
  it('that a recording shows are noticed, others are not', () => {
    const suite = new Suite([recorded('sets-and-nomatch', readRecording('sets-and-nomatch', RECORDED))]);
    const verdicts = new Map(allMutants().map((mutant) => [label(mutant), suite.judge(mutant)]));
    for (const name of ['-m set: the answer turned round', '-m set: exceptions count as entries', 'set: exceptions are entries', 'set: the last entry is missing'])
      expect(verdicts.get(name), name).toMatchObject({ noticedBy: 'sets-and-nomatch', applied: true });
    expect(verdicts.get('-m set: dimensions in the other order')).toMatchObject({ noticedBy: null, applied: false });
    expect(verdicts.get('-j MARK: does nothing')).toMatchObject({ noticedBy: null, applied: false });
    // Nothing stays broken behind them.
    expect(suite.witnesses[0]?.disagrees((node) => node)).toBe(false);
  });

  it.runIf(env.PACKETWALK_MUTATION)('all of them are noticed', { timeout: 3_600_000 }, async () => {
    const suite = new Suite(witnesses());
    const mutants = allMutants();
    const verdicts = mutants.map((mutant) => suite.judge(mutant));
    const modelled = new Set(verdicts.flatMap(({ noticedBy, mutant }) => (noticedBy === null ? [] : [mutant.extension])));
    const reasonOf = (mutant: Mutant): string | undefined => stated(mutant) ?? (modelled.has(mutant.extension) ? undefined : mutant.extension?.notModelled);
    const noticed = verdicts.filter(({ noticedBy }) => noticedBy !== null);
    const open = verdicts.filter(({ noticedBy, applied, mutant }) => noticedBy === null && (applied || mutant.expected));
    let unexplained = open.filter(({ mutant }) => reasonOf(mutant) === undefined).map(({ mutant }) => mutant);
    if (env.PACKETWALK_RECORD)
      unexplained = await closeSurvivors(unexplained, Number(env.PACKETWALK_SEED ?? randomInt(1, 1_000_000_000)), Number(env.PACKETWALK_SEEDS ?? 100), 1, console.info);
    console.info(
      `${noticed.length} mutants noticed by ${suite.witnesses.length} recordings, ${open.length} not; ${open.length - unexplained.length} of these for a stated reason:\n${open.flatMap(({ mutant }) => (reasonOf(mutant) === undefined ? [] : [`  ${label(mutant)}: ${reasonOf(mutant)}`])).join('\n')}`,
    );
    expect(unexplained.map(label)).toEqual([]);
  });
});
