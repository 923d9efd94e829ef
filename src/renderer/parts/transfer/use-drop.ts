import { type DragEvent, useState } from 'react';
import { type LocalFile, useWorld } from '../../api';

interface Drop { over: boolean; handlers: Readonly<Record<'onDragOver' | 'onDragLeave' | 'onDrop', (event: DragEvent) => void>> }

/** Files of this computer that are dropped on an element, unless something within it has taken them. @param why nothing is taken now */
export const useDrop = (why: string | undefined, take: (files: readonly LocalFile[]) => void): Drop => {
  const world = useWorld(), [over, setOver] = useState(false);
  return {
    over,
    handlers: {
      onDragOver: event => {
        if (event.defaultPrevented) { setOver(false); return; }
        if (!event.dataTransfer.types.includes('Files')) return;
        event.preventDefault();
        event.dataTransfer.dropEffect = why === undefined ? 'copy' : 'none';
        setOver(true);
      },
      onDragLeave: event => { if (!event.currentTarget.contains(event.relatedTarget as Node | null)) setOver(false); },
      onDrop: event => {
        setOver(false);
        if (event.defaultPrevented) return;
        event.preventDefault();
        if (why !== undefined) return;
        void Promise.all([...event.dataTransfer.files].map(file => world.takeFile(file))).then(files => { take(files.filter(file => file !== undefined)); });
      },
    },
  };
};
