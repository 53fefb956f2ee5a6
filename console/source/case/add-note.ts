import { useMutation } from '@tanstack/react-query';

import { review } from '../service/clients';
import { OF_CASES, useRefresh } from '../service/refresh';
import { usePerson } from '../service/signed-in';

/** Writes the same note on cases, by one account of each. */
export function useAddNotes(accounts: readonly string[]) {
  const person = usePerson();
  return useMutation({
    mutationFn: async ({ text, secondLook }: { text: string; secondLook: boolean }) => {
      for (const caseId of accounts) {
        await review.addNote({ caseId, author: person.name, text, secondLook });
      }
    },
    onSettled: useRefresh(OF_CASES),
  });
}
