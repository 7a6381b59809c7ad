/** Where the lines between panels stand, for the styles. */

import type { CSSProperties } from 'react';
import type { SettingsSlice } from '../../store/state.ts';

export function placesOf({ columns, rows }: SettingsSlice['splits']): CSSProperties {
  return { ...(columns !== null && { '--side': `${100 - columns}%` }), ...(rows !== null && { '--why': rows, '--state': 100 - rows }) } as CSSProperties;
}
