// A device with passkeys, as the browser itself plays it.

/** The same place by the name that passkeys belong to: numbers have none. */
export function byName(place) {
  const url = `http://localhost:${place.port}`;
  return Object.defineProperty(Object.create(place), 'url', { value: url });
}

export class Device {
  /** A device that knows its owner, in front of this page. */
  static async of(page, { recognizes = true } = {}) {
    const device = new Device();
    device.session = await page.context().newCDPSession(page);
    await device.session.send('WebAuthn.enable');
    const { authenticatorId } = await device.session.send('WebAuthn.addVirtualAuthenticator', {
      options: {
        protocol: 'ctap2', transport: 'internal', hasResidentKey: true, hasUserVerification: true,
        isUserVerified: recognizes, automaticPresenceSimulation: true,
      },
    });
    return Object.assign(device, { id: authenticatorId });
  }

  ask(what, more = {}) {
    return this.session.send(`WebAuthn.${what}`, { authenticatorId: this.id, ...more });
  }

  /** Whether it will recognize its owner from now on. */
  recognizes(isUserVerified) {
    return this.ask('setUserVerified', { isUserVerified });
  }

  async keys() {
    return (await this.ask('getCredentials')).credentials;
  }

  /** Puts a key back as it was, as a copy of the device would have it. */
  async restore(credential) {
    await this.ask('removeCredential', { credentialId: credential.credentialId });
    await this.ask('addCredential', { credential });
  }
}
