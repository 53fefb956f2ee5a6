import { useMutation, useQueryClient } from '@tanstack/react-query';

import { review } from '../service/clients';
import { usePerson } from '../service/signed-in';

export function useAddNote(account: string) {
  const person = usePerson();
  const queries = useQueryClient();
  return useMutation({
    mutationFn: ({ text, secondLook }: { text: string; secondLook: boolean }) =>
      review.addNote({ caseId: account, author: person.name, text, secondLook }),
    onSettled: () => queries.invalidateQueries({ queryKey: ['case', account] }),
  });
}
