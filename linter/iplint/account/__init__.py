"""An account as it is: what the AWS CLI saves of it, as roots in CloudFormation's vocabulary.

    files --documents--> Document (operation, account, region, tree) --root--> AccountRoot, one for each account

`documents` reads the files of a snapshot, recognizes each output by its members, and finds out which account and region
it is of. `root` groups the documents of an account, names the outputs that are missing, and has the resources made:
`compute` makes instances, groups, launch templates in their versions, launch configurations, images and the defaults of
regions; `identities` makes instance profiles, roles and managed policies. Both look documents up by operation and
region in `holdings`. `values` turns nodes into values. The properties of a resource have the names of CloudFormation's,
which AWS's own mostly are; what an output does not hold is Unknown, with the output's name as reason. Addresses are
ARNs, so that they name account and region.

Facts: the models of botocore (the shapes of outputs), and the API references of EC2, Auto Scaling and IAM.
"""
