import { useMutation, useQueryClient } from '@tanstack/react-query';

import { review } from '../service/clients';
import { usePerson } from '../service/signed-in';

/** Writes the same note on cases, by one account of each. */
export function useAddNotes(accounts: readonly string[]) {
  const person = usePerson();
  const queries = useQueryClient();
  return useMutation({
    mutationFn: async ({ text, secondLook }: { text: string; secondLook: boolean }) => {
      for (const caseId of accounts) {
        await review.addNote({ caseId, author: person.name, text, secondLook });
      }
    },
    onSettled: () =>
      Promise.all(['case', 'cases'].map((name) => queries.invalidateQueries({ queryKey: [name] }))),
  });
}
