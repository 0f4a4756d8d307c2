// @exit 104
export const options = { thresholds: { http_req_duration: ['count>9'] } };

export default function () {}
