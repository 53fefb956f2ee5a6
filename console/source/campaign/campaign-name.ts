import { useQuery } from '@tanstack/react-query';

import { campaignsQuery, nameOf } from './campaign-queries';

/** The name of a campaign rather than its id, once campaigns are known. */
export function useCampaignName(): (campaignId: string) => string {
  const known = useQuery(campaignsQuery).data?.campaigns ?? [];
  return (campaignId) => {
    const found = known.find((one) => one.campaignId === campaignId);
    return found === undefined ? campaignId : nameOf(found);
  };
}
