import ArrowDownward from '@mui/icons-material/ArrowDownward';
import ArrowUpward from '@mui/icons-material/ArrowUpward';
import Box from '@mui/material/Box';
import Checkbox from '@mui/material/Checkbox';
import FormControlLabel from '@mui/material/FormControlLabel';
import IconButton from '@mui/material/IconButton';
import { useState } from 'react';
import { FormDialog } from '../../../ui/FormDialog';
import { SHOWN_AT_FIRST, type VmColumn } from './vm-columns';
import Button from '@mui/material/Button';

interface Props { all: readonly VmColumn[]; chosen: readonly string[]; onChosen: (ids: readonly string[]) => void; close: () => void }

/** Which columns, in which order. */
export const ColumnsDialog = ({ all, chosen, onChosen, close }: Props) => {
  const [order, setOrder] = useState<readonly string[]>([...chosen, ...all.map(({ id }) => id).filter(id => !chosen.includes(id))]);
  const [shown, setShown] = useState<ReadonlySet<string>>(new Set(chosen));
  const move = (id: string, by: -1 | 1): void => {
    const at = order.indexOf(id), next = [...order];
    next.splice(at, 1);
    next.splice(at + by, 0, id);
    setOrder(next);
  };
  return (
    <FormDialog title="Columns" verb="Show these" width="xs" onCancel={close} onApply={() => { onChosen(order.filter(id => shown.has(id))); close(); }}
      before={<Button onClick={() => { setOrder([...SHOWN_AT_FIRST, ...order.filter(id => !SHOWN_AT_FIRST.includes(id))]); setShown(new Set(SHOWN_AT_FIRST)); }}>As at first</Button>}>
      {order.map((id, i) => {
        const column = all.find(each => each.id === id);
        return column && (
          <Box key={id} sx={{ display: 'flex', alignItems: 'center' }}>
            <FormControlLabel sx={{ flex: 1 }} label={column.title}
              control={<Checkbox size="small" checked={id === 'name' || shown.has(id)} disabled={id === 'name'} onChange={(_event, on) => { const next = new Set(shown); if (on) next.add(id); else next.delete(id); setShown(next); }} />} />
            <IconButton size="small" aria-label={`${column.title} further left`} disabled={i === 0} onClick={() => { move(id, -1); }}><ArrowUpward fontSize="small" /></IconButton>
            <IconButton size="small" aria-label={`${column.title} further right`} disabled={i === order.length - 1} onClick={() => { move(id, 1); }}><ArrowDownward fontSize="small" /></IconButton>
          </Box>
        );
      })}
    </FormDialog>
  );
};
