import { createClient, type Interceptor } from '@connectrpc/connect';
import { createGrpcWebTransport } from '@connectrpc/connect-web';

import { CampaignService } from '../generated/sameuser/v1/campaign_pb';
import { ReviewService } from '../generated/sameuser/v1/review_pb';
import { VerdictService } from '../generated/sameuser/v1/verdict_pb';
import { csrfToken } from './session';

// A call past this is given up; streams (a backtest) take as long as they take.
const CALL_AT_MOST_MS = 30_000;

const proveOrigin: Interceptor = (next) => (request) => {
  request.header.set('x-csrf-token', csrfToken());
  return next(request);
};

const transport = createGrpcWebTransport({
  baseUrl: window.location.origin,
  interceptors: [proveOrigin],
  defaultTimeoutMs: CALL_AT_MOST_MS,
});

export const review = createClient(ReviewService, transport);
export const campaigns = createClient(CampaignService, transport);
export const verdicts = createClient(VerdictService, transport);
