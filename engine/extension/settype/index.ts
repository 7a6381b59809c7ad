/** The door of this room: set types, reading and printing their entries, look-up and change. */

export { findSetType, SET_TYPES } from './types.ts';
export * from './settype.ts';
export { createSetState, entryText, listEntries, type SetState } from './state.ts';
export { decidingEntry, isNomatchHit, lookup, NOT_IN_SET, testSet, UNKNOWN_ENTRY, type SetContext, type SetHits } from './lookup.ts';
export { packetText, type PacketText } from './packet-text.ts';
export { mappedValues } from './map.ts';
export { setDifference, type SetDifference } from './difference.ts';
export { addEntry, changeSet, countHits, deleteEntry, lostByChange, lostByLookup, type AddOptions } from './change.ts';
