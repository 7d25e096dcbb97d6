import antNodeKey from "./ant-node-release-ml-dsa-65.pub.txt" with { type: "text" };

/** Where node programs are released, and the key that proves ant-node's. A build for tests sets its own. */
export const NODE_RELEASES = {
  /** ML-DSA-65 public key in base64. */
  antNodeKey: process.env.WNM_ANT_NODE_KEY_AT_BUILD || antNodeKey,
  /** Context string of ant-node's signatures. */
  context: "ant-node-release-v1",
  antNode: "https://github.com/WithAutonomi/ant-node/releases",
  /** What antnode's own upgrader asks. It is the root of trust for antnode, so no mirror takes its place. */
  antnodeInformation:
    process.env.WNM_ANTNODE_INFORMATION_AT_BUILD ||
    "https://api.github.com/repos/maidsafe/autonomi/releases/latest",
  antnode: "https://antnode.s3.eu-west-2.amazonaws.com",
} as const;
