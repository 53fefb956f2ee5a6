import { Code, ConnectError } from '@connectrpc/connect';

/** What a person can do about a failure; `failure.*` in the language files has the words. */
export type FailureKind =
  'unreachable' | 'busy' | 'late' | 'signed_out' | 'forbidden' | 'missing' | 'refused' | 'unbuilt' | 'fault';

export interface Failure {
  kind: FailureKind;
  /** The server's own words, where they help. */
  words: string;
}

const KINDS: Partial<Record<Code, FailureKind>> = {
  [Code.Unavailable]: 'busy',
  [Code.ResourceExhausted]: 'busy',
  [Code.DeadlineExceeded]: 'late',
  [Code.Canceled]: 'late',
  [Code.Unauthenticated]: 'signed_out',
  [Code.PermissionDenied]: 'forbidden',
  [Code.NotFound]: 'missing',
  [Code.InvalidArgument]: 'refused',
  [Code.FailedPrecondition]: 'refused',
  [Code.AlreadyExists]: 'refused',
  [Code.Aborted]: 'refused',
  [Code.OutOfRange]: 'refused',
  [Code.Unimplemented]: 'unbuilt',
};

export function failureOf(error: unknown): Failure {
  // What `fetch` throws where no server answers is a TypeError, wrapped by the transport.
  if (error instanceof TypeError || (error instanceof ConnectError && error.cause instanceof TypeError)) {
    return { kind: 'unreachable', words: '' };
  }
  if (error instanceof ConnectError) {
    return { kind: KINDS[error.code] ?? 'fault', words: error.rawMessage };
  }
  return { kind: 'fault', words: error instanceof Error ? error.message : String(error) };
}

/** Whether asking again may help. */
export function isPassing(error: unknown): boolean {
  return ['busy', 'late', 'unreachable'].includes(failureOf(error).kind);
}
