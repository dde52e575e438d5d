// All that is needed of it, so that a bundle takes no more.
export { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
