/** The words of this view, in the language of the page. */

import { clusterWords, type ClusterWords } from '../../text/cluster.ts';
import { useView } from '../page/app-context.ts';

export function useClusterWords(): ClusterWords {
  return clusterWords(useView((state) => state.settings.language));
}
