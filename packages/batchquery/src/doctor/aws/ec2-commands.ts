import {
  DescribeRouteTablesCommand,
  type DescribeRouteTablesCommandInput,
  DescribeSecurityGroupsCommand,
  type DescribeSecurityGroupsCommandInput,
  DescribeSubnetsCommand,
  type DescribeSubnetsCommandInput,
  DescribeVpcEndpointsCommand,
  type DescribeVpcEndpointsCommandInput,
  EC2Client,
} from '@aws-sdk/client-ec2'

/** A client with only the operations that the doctor uses. */
export class Ec2Commands extends EC2Client {
  describeSubnets = (input: DescribeSubnetsCommandInput) => this.send(new DescribeSubnetsCommand(input))
  describeRouteTables = (input: DescribeRouteTablesCommandInput) =>
    this.send(new DescribeRouteTablesCommand(input))
  describeVpcEndpoints = (input: DescribeVpcEndpointsCommandInput) =>
    this.send(new DescribeVpcEndpointsCommand(input))
  describeSecurityGroups = (input: DescribeSecurityGroupsCommandInput) =>
    this.send(new DescribeSecurityGroupsCommand(input))
}
