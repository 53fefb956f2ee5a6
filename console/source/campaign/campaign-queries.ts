import { queryOptions } from '@tanstack/react-query';

import type { CampaignRevision } from '../generated/sameuser/v1/campaign_pb';
import { campaigns } from '../service/clients';

const CAMPAIGNS_AT_MOST = 1000;

export const campaignsQuery = queryOptions({
  queryKey: ['campaigns'],
  queryFn: () => campaigns.listCampaigns({ pageSize: CAMPAIGNS_AT_MOST }),
});

export function revisionsQuery(campaignId: string) {
  return queryOptions({
    queryKey: ['revisions', campaignId],
    queryFn: async () => {
      const answer = await campaigns.listCampaignRevisions({ campaignId, pageSize: CAMPAIGNS_AT_MOST });
      // The latest first, as people look for it.
      return answer.revisions.toReversed();
    },
  });
}

/** The campaign's name as its file has it; its id where there is none. */
export function nameOf(campaign: CampaignRevision): string {
  return line(campaign.termsToml, 'display_name') ?? campaign.campaignId;
}

/** The value of a key that stands on a line of its own, without its quotes. */
export function line(toml: string, key: string): string | undefined {
  const found = new RegExp(`^${key}\\s*=\\s*(.+?)\\s*$`, 'm').exec(toml)?.[1];
  return found?.replaceAll(/^"|"$/g, '');
}
