import { useVirtualizer, type VirtualizerOptions } from '@tanstack/react-virtual';

type Options = Pick<VirtualizerOptions<HTMLDivElement, Element>, 'count' | 'getScrollElement' | 'estimateSize' | 'overscan'>
  & Partial<Pick<VirtualizerOptions<HTMLDivElement, Element>, 'getItemKey' | 'rangeExtractor'>>;

/** Which rows of a long list are in view. The one place that calls the library: its answers change without telling React's compiler, so nothing made of them is memoised. */
export const useVirtualRows = (options: Options) => useVirtualizer<HTMLDivElement, Element>(options);
