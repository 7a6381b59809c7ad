import { beforeEach, expect, test } from 'vitest';
import { holdKey, takeHeldKeys } from '../../app/actions/type-ahead.ts';
import { press } from './key-presses.ts';

const type = (...keys: string[]): readonly boolean[] => keys.map((key) => holdKey(press(key), 'palette'));

beforeEach(() => void takeHeldKeys(''));

test('what is typed before the field is there is kept for it, corrections too', () => {
  expect(type('p', '4', '4', 'Backspace', '3')).not.toContain(false);
  expect(takeHeldKeys('palette')).toEqual({ text: 'p43', enter: false });
});
test('Enter is kept, and nothing goes behind it', () => {
  type('p', 'Enter', 'x');
  expect(takeHeldKeys('palette')).toEqual({ text: 'p', enter: true });
  type('p', 'Enter', 'Backspace');
  expect(takeHeldKeys('palette')).toEqual({ text: '', enter: false });
});
test('for what was asked for last, and once', () => {
  type('p');
  holdKey(press('q'), 'gallery');
  expect(takeHeldKeys('gallery').text).toBe('q');
  expect(takeHeldKeys('gallery').text).toBe('');
  expect(takeHeldKeys('palette').text).toBe('');
});
test('keys that are no text stay with the page, and so does what is composed', () => {
  expect(type('F6', 'ArrowDown', 'Tab')).toEqual([false, false, false]);
  expect([
    holdKey(press('r', { ctrlKey: true }), 'palette'),
    holdKey(press('a', { isComposing: true }), 'palette'),
    holdKey(press('Process', { keyCode: 229 }), 'palette'),
  ]).toEqual([false, false, false]);
  expect(takeHeldKeys('palette').text).toBe('');
});
