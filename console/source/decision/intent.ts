import { create, type MessageInitShape } from '@bufbuild/protobuf';
import { timestampFromDate } from '@bufbuild/protobuf/wkt';

import {
  CreateDispositionRequestSchema,
  DispositionCause,
  RestrictionGrade,
  type CreateDispositionRequest,
} from '../generated/sameuser/v1/review_pb';

/** What a person is about to decide, of whom. */
export interface Intent {
  action: IntendedAction;
  /** One disposition each: a case, or the two accounts of an assertion. */
  subjects: readonly Subject[];
}

export type IntendedAction = 'disqualify' | 'clear' | 'restrict' | 'recover' | 'sameUser' | 'notSameUser';

export interface Subject {
  name: string;
  accountIds: readonly string[];
}

/** What the dialog asks besides. */
export interface Details {
  statement: string;
  cause: DispositionCause;
  wholeUser: boolean;
  /** Days until it ends by itself; 0: until it is undone. */
  days: number;
  campaignId: string;
  grade: RestrictionGrade;
  notice: string;
}

export const CAUSES_AGAINST = [
  DispositionCause.BULK_REGISTRATION,
  DispositionCause.SCRIPTED_ACTIVITY,
  DispositionCause.EMULATOR,
  DispositionCause.OPERATED_FOR_OTHERS,
  DispositionCause.FALSE_IDENTITY,
  DispositionCause.FALSE_ACTIVITY,
  DispositionCause.OTHER_IMPROPER_MEANS,
  DispositionCause.UNLAWFUL_USE,
  DispositionCause.RIGHTS_OF_OTHERS,
] as const;

const CAUSES: Record<IntendedAction, readonly DispositionCause[]> = {
  disqualify: CAUSES_AGAINST,
  restrict: CAUSES_AGAINST,
  recover: CAUSES_AGAINST,
  clear: [DispositionCause.WRONG_FINDING, DispositionCause.KNOWN_SUBJECT],
  sameUser: [DispositionCause.KNOWN_SUBJECT],
  notSameUser: [DispositionCause.WRONG_FINDING, DispositionCause.KNOWN_SUBJECT],
};

export function causesOf(action: IntendedAction): readonly DispositionCause[] {
  return CAUSES[action];
}

/** Assertions are about two accounts and reach nobody else by name. */
export function asserts(action: IntendedAction): boolean {
  return action === 'sameUser' || action === 'notSameUser';
}

export function firstDetails(intent: Intent): Details {
  return {
    statement: '',
    cause: causesOf(intent.action)[0] ?? DispositionCause.OTHER_IMPROPER_MEANS,
    wholeUser: !asserts(intent.action),
    days: 0,
    campaignId: '',
    grade: RestrictionGrade.NO_DISCOUNT,
    notice: '',
  };
}

const DAY_MS = 24 * 3600 * 1000;

/** The order to the server for one subject. */
export function order(
  intent: Intent,
  subject: Subject,
  details: Details,
  author: string,
  validateOnly: boolean,
): CreateDispositionRequest {
  const request: MessageInitShape<typeof CreateDispositionRequestSchema> = {
    accountIds: [...subject.accountIds],
    wholeUser: details.wholeUser && !asserts(intent.action),
    action: actionOf(intent.action, details),
    cause: details.cause,
    // A preview is asked before there is a reason to give.
    statement: validateOnly ? 'preview' : details.statement,
    author,
    validateOnly,
  };
  if (details.days > 0) {
    request.expiresAt = timestampFromDate(new Date(Date.now() + details.days * DAY_MS));
  }
  return create(CreateDispositionRequestSchema, request);
}

type Action = NonNullable<MessageInitShape<typeof CreateDispositionRequestSchema>['action']>;

function actionOf(action: IntendedAction, details: Details): Action {
  switch (action) {
    case 'restrict': {
      const { campaignId, grade, notice } = details;
      return { case: action, value: { campaignId, grade, notice } };
    }
    case 'disqualify':
      return { case: action, value: {} };
    case 'clear':
      return { case: action, value: {} };
    case 'recover':
      return { case: action, value: {} };
    case 'sameUser':
      return { case: action, value: {} };
    case 'notSameUser':
      return { case: action, value: {} };
  }
}
