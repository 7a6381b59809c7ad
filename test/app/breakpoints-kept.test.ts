import { describe, expect, test } from 'vitest';
import { packDocument, readDocument, unpackDocument } from '../../app/share/link.ts';
import { draftOf } from '../../app/store/draft.ts';
import type { Document } from '../../app/store/document.ts';
import { TRACE } from './trace-fixture.ts';

const DOCUMENT: Document = {
  example: null,
  files: [{ name: 'a', text: '*nat' }],
  cluster: false,
  packets: [draftOf(TRACE.packet)],
  environment: {},
  breakpoints: ['nat/A/3', 'src in 10.0.0.0/8'],
  twin: { shown: 'A', packets: [draftOf({ ...TRACE.packet, src: '10.0.11.130' })] },
};

describe('breakpoints and twins with the document', () => {
  test('a packed link carries them', async () => expect(await unpackDocument(await packDocument(DOCUMENT))).toEqual(DOCUMENT));
  test('a document without them stays without, and what is none of them is left out', () => {
    const { breakpoints: _, twin: __, ...plain } = DOCUMENT;
    expect(readDocument(plain)).toEqual(plain);
    expect(readDocument({ ...plain, breakpoints: [7, 'any nat', null], twin: { shown: 'C', packets: [] } })).toEqual({ ...plain, breakpoints: ['any nat'] });
  });
});
