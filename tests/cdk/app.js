// The stacks that tests/test_cdk.py judges. `CDK_OUTDIR=out node app.js` writes their templates; it needs no command line
// tool and no account.
const { App, Stack } = require("aws-cdk-lib");
const autoscaling = require("aws-cdk-lib/aws-autoscaling");
const ec2 = require("aws-cdk-lib/aws-ec2");
const iam = require("aws-cdk-lib/aws-iam");

// What the command line tool sets when it runs an app.
const app = new App({ context: { "aws:cdk:enable-path-metadata": true } });

function stack(name, build) {
  const made = new Stack(app, name);
  const vpc = ec2.Vpc.fromVpcAttributes(made, "Vpc", {
    vpcId: "vpc-0123456789abcdef0",
    availabilityZones: ["eu-west-1a"],
    publicSubnetIds: ["subnet-0123456789abcdef0"],
    privateSubnetIds: ["subnet-0123456789abcdef1"],
  });
  build(made, {
    vpc,
    instanceType: new ec2.InstanceType("t3.micro"),
    machineImage: ec2.MachineImage.genericLinux({ "eu-west-1": "ami-0123456789abcdef0" }, { userData: ec2.UserData.forLinux() }),
  });
}

for (const requireImdsv2 of [false, true]) {
  const suffix = requireImdsv2 ? "Closed" : "Open";
  const on = requireImdsv2 ? { requireImdsv2 } : {};
  stack(`Instance${suffix}`, (scope, common) => new ec2.Instance(scope, "Host", { ...common, ...on }));
  stack(`Bastion${suffix}`, (scope, { vpc, machineImage }) =>
    new ec2.BastionHostLinux(scope, "Host", { vpc, machineImage, ...on }));
  stack(`Group${suffix}`, (scope, common) => new autoscaling.AutoScalingGroup(scope, "Workers", { ...common, ...on }));
  stack(`Template${suffix}`, (scope, { machineImage, instanceType }) =>
    new ec2.LaunchTemplate(scope, "Workers", {
      machineImage,
      instanceType,
      role: new iam.Role(scope, "Role", { assumedBy: new iam.ServicePrincipal("ec2.amazonaws.com") }),
      ...on,
    }));
}

stack("TemplateBare", (scope, { machineImage, instanceType }) =>
  new ec2.LaunchTemplate(scope, "Workers", { machineImage, instanceType, requireImdsv2: true }));

stack("GroupOfTemplate", (scope, common) =>
  new autoscaling.AutoScalingGroup(scope, "Workers", {
    vpc: common.vpc,
    launchTemplate: new ec2.LaunchTemplate(scope, "Template", {
      machineImage: common.machineImage,
      instanceType: common.instanceType,
      requireImdsv2: true,
      role: new iam.Role(scope, "Role", { assumedBy: new iam.ServicePrincipal("lambda.amazonaws.com") }),
    }),
  }));

app.synth();
