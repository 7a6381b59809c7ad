/** The emulated machine as a judge: qemu with the image, whose agent answers like that of the kernel tests. */

import { readFileSync } from 'node:fs';
import { type Agent, startAgent } from '../kernel/kernel.ts';
import { consoleFile, type Image } from './image.ts';

/** Seconds after which the machine is switched off, whatever it does. All cases and examples together take 300, or twice that on busy cores. */
const LONGEST_LIFE = 900;

/** Boots the machine; its first answer comes when it is up. Whoever starts it calls `close`. */
export function startMachine({ kernel, initrd }: Image): Agent {
  const args = [
    ...['-accel', 'tcg', '-m', '512', '-smp', '1', '-no-reboot', '-display', 'none', '-net', 'none'],
    ...['-kernel', kernel, '-initrd', initrd, '-append', 'console=ttyS0 quiet panic=-1', '-serial', `file:${consoleFile}`],
    ...['-device', 'virtio-serial', '-chardev', 'stdio,id=agent,signal=off', '-device', 'virtserialport,chardev=agent'],
  ];
  return startAgent('timeout', [String(LONGEST_LIFE), 'qemu-system-x86_64', ...args]);
}

/** The last lines that the machine printed, for when it says nothing else. */
export function lastWords(): string {
  try {
    return readFileSync(consoleFile, 'utf8').split('\n').slice(-15).join('\n');
  } catch {
    return 'no console';
  }
}
