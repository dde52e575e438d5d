import {
  AbortMultipartUploadCommand,
  type AbortMultipartUploadCommandInput,
  CompleteMultipartUploadCommand,
  type CompleteMultipartUploadCommandInput,
  CreateMultipartUploadCommand,
  type CreateMultipartUploadCommandInput,
  DeleteObjectCommand,
  type DeleteObjectCommandInput,
  GetBucketEncryptionCommand,
  type GetBucketEncryptionCommandInput,
  GetBucketLifecycleConfigurationCommand,
  type GetBucketLifecycleConfigurationCommandInput,
  GetBucketLocationCommand,
  type GetBucketLocationCommandInput,
  GetObjectCommand,
  type GetObjectCommandInput,
  HeadObjectCommand,
  type HeadObjectCommandInput,
  ListMultipartUploadsCommand,
  type ListMultipartUploadsCommandInput,
  ListObjectsV2Command,
  type ListObjectsV2CommandInput,
  ListPartsCommand,
  type ListPartsCommandInput,
  PutObjectCommand,
  type PutObjectCommandInput,
  S3Client,
  UploadPartCommand,
  type UploadPartCommandInput,
} from '@aws-sdk/client-s3'

/**
 * A client with the operations that this store uses. The SDK's class `S3` has more than a hundred, and takes longer to load.
 */
export class S3Commands extends S3Client {
  headObject = (input: HeadObjectCommandInput) => this.send(new HeadObjectCommand(input))
  getObject = (input: GetObjectCommandInput) => this.send(new GetObjectCommand(input))
  putObject = (input: PutObjectCommandInput) => this.send(new PutObjectCommand(input))
  deleteObject = (input: DeleteObjectCommandInput) => this.send(new DeleteObjectCommand(input))
  listObjectsV2 = (input: ListObjectsV2CommandInput) => this.send(new ListObjectsV2Command(input))

  createMultipartUpload = (input: CreateMultipartUploadCommandInput) =>
    this.send(new CreateMultipartUploadCommand(input))
  uploadPart = (input: UploadPartCommandInput, options: { abortSignal: AbortSignal }) =>
    this.send(new UploadPartCommand(input), options)
  listParts = (input: ListPartsCommandInput) => this.send(new ListPartsCommand(input))
  completeMultipartUpload = (input: CompleteMultipartUploadCommandInput) =>
    this.send(new CompleteMultipartUploadCommand(input))
  abortMultipartUpload = (input: AbortMultipartUploadCommandInput) =>
    this.send(new AbortMultipartUploadCommand(input))
  listMultipartUploads = (input: ListMultipartUploadsCommandInput) =>
    this.send(new ListMultipartUploadsCommand(input))

  getBucketLocation = (input: GetBucketLocationCommandInput) => this.send(new GetBucketLocationCommand(input))
  getBucketEncryption = (input: GetBucketEncryptionCommandInput) =>
    this.send(new GetBucketEncryptionCommand(input))
  getBucketLifecycleConfiguration = (input: GetBucketLifecycleConfigurationCommandInput) =>
    this.send(new GetBucketLifecycleConfigurationCommand(input))
}
