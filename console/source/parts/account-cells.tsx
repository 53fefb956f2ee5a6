import type { AccountSummary } from '../generated/sameuser/v1/review_pb';
import { AccountLink } from './links';
import { Probability } from './probability';
import { StillCell } from './table';

/** The first two cells of a row about an account: which, and how suspicious. */
export function AccountCells({ one }: { one: AccountSummary }) {
  return (
    <>
      <td>
        <AccountLink id={one.accountId} />
      </td>
      <StillCell>
        <Probability value={one.abuseProbability} scored={one.scored} />
      </StillCell>
    </>
  );
}
