/** What lies over the page, one at a time; each is fetched when it is first asked for. */

import { lazy, Suspense } from 'react';
import { useView } from './app-context.ts';

const Gallery = lazy(() => import('../gallery/gallery.tsx'));
const Palette = lazy(() => import('../palette/palette.tsx'));
const ShareDialog = lazy(() => import('../sharing/share-dialog.tsx'));
const KeysDialog = lazy(() => import('../keys/keys-dialog.tsx'));

export function Overlays(): React.ReactNode {
  const overlay = useView((state) => state.selection.overlay);
  return (
    <Suspense>
      {overlay === 'gallery' && <Gallery />}
      {overlay === 'palette' && <Palette key="palette" only="all" />}
      {overlay === 'go-to' && <Palette key="go-to" only="places" />}
      {overlay === 'share' && <ShareDialog />}
      {overlay === 'keys' && <KeysDialog />}
    </Suspense>
  );
}
