// @flags --secret-source=file={SCRIPTS}/data/secrets.txt
import secrets from 'k6/secrets';

export default async function () {
  const value = await secrets.get('token');
  console.log(value.length);
  console.log(`the token is ${value}`);
  try {
    await secrets.get('none');
  } catch (error) {
    console.log(error.message ?? String(error));
  }
}
